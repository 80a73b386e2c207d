'use strict';
// The bar that chooses what is shown; it doubles as the legend of all charts.

function toggleButton(pressed, click, ...content) {
  return element('button', {type: 'button', 'aria-pressed': String(pressed), click}, ...content);
}

function group(label, ...buttons) {
  return element('div', {class: 'choice', role: 'group', 'aria-label': label}, element('span', {class: 'label'}, label), ...buttons);
}

/// One of several values; `change(value)` is told the new one.
function choice(label, options, chosen, change) {
  return group(label, ...options.map(([value, text]) => toggleButton(value === chosen, () => change(value), text)));
}

/// A line with its marker as the charts draw it.
function sample(colour, marker, dash) {
  const shapes = {circle: 'M11 4a4 4 0 1 0 .01 0', square: 'M7 4h8v8h-8z', diamond: 'M11 3l5 5-5 5-5-5z', 'triangle-up': 'M11 3l5 9h-10z',
    'triangle-down': 'M11 13l5-9h-10z', pentagon: 'M11 3l5 4-2 6h-6l-2-6z', hexagon: 'M7 5l4-2 4 2v6l-4 2-4-2z', star: 'M11 2l2 4 4 1-3 3 1 4-4-2-4 2 1-4-3-3 4-1z'};
  const line = svgElement('line', {x1: 0, y1: 8, x2: 22, y2: 8, stroke: colour, 'stroke-width': 2, 'stroke-dasharray': dash});
  const mark = marker ? [svgElement('path', {d: shapes[marker], fill: colour})] : [];
  return svgElement('svg', {width: 22, height: 16, 'aria-hidden': 'true'}, line, ...mark);
}

const STROKES = {solid: 'none', dash: '6 4', dot: '2 3'};

function legend(file, points, state, toggle) {
  const shown = (key) => !state.hide.includes(key);
  const settings = file.wan.map((wan) => toggleButton(shown(`wan:${wan.id}`), () => toggle(`wan:${wan.id}`),
    sample(wanColour(file, wan), wanMarker(file, wan), 'none'), wan.label));
  const algorithms = distinct(points.map((point) => point.algorithm)).map((algorithm) => toggleButton(shown(`algorithm:${algorithm}`),
    () => toggle(`algorithm:${algorithm}`), sample(inkOf('ink'), null, STROKES[dashOf(algorithm)]), algorithm));
  const limits = points.some((point) => point.least_time > 0) ?
    [toggleButton(shown('limits'), () => toggle('limits'), sample(inkOf('muted'), null, STROKES.dot), 'limits')] : [];
  return [group('WAN', ...settings), group('Lines', ...algorithms, ...limits)];
}

/// Values of an axis in the file, with the words for them; empty where there is nothing to choose.
function axisOptions(file, axis) {
  const values = distinct(file.points.map((point) => point[axis.name])).filter((value) => axis.name !== 'reduce_op' || !['', 'none'].includes(value));
  return values.length > 1 ? values.map((value) => [axis.text(value), axis.text(value)]) : [];
}
