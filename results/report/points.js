'use strict';
// Points as a table, and one point's samples.

const WORDS_OF_MODE = {latency: 'one collective, common start to last finish', throughput: 'back to back, mean over ranks',
  soak: 'one after the other while links change'};

/// Half the interval's width as a share of the median.
const relativeInterval = (point) => (point.ci_low > 0 && point.median > 0 ? (point.ci_high - point.ci_low) / 2 / point.median : null);

function pointTable(file, points, choose) {
  const wanOrder = new Map(file.wan.map((wan, index) => [wan.id, index]));
  const labels = new Map(file.wan.map((wan) => [wan.id, wan.label]));
  const share = (point) => (point.wire_limit > 0 ? point.wire_rate / point.wire_limit : null);
  const sizeButton = (point) => element('button', {type: 'button', class: 'link', title: 'Show its samples', click: () => choose(point)},
    formatSize(point.size));
  return sortableTable('Points: choose a size for its samples', [
    {head: 'size', number: true, value: (p) => p.size, text: sizeButton},
    {head: 'WAN', value: (p) => wanOrder.get(p.wan), text: (p) => labels.get(p.wan)},
    {head: 'algorithm', value: (p) => p.algorithm, text: (p) => p.algorithm},
    {head: 'median', number: true, value: (p) => p.median, text: (p) => formatSeconds(p.median)},
    {head: 'CI ±', number: true, value: relativeInterval, text: (p) => formatShare(relativeInterval(p))},
    {head: 'p99', number: true, value: (p) => p.p99, text: (p) => formatSeconds(p.p99)},
    {head: 'busbw', number: true, value: (p) => p.busbw, text: (p) => formatBandwidth(p.busbw)},
    {head: 'of link', number: true, value: share, text: (p) => (p.wire_rate_is_bound && share(p) !== null ? '≥ ' : '') + formatShare(share(p))},
    {head: 'samples', number: true, value: (p) => p.samples, text: (p) => formatCount(p.samples)},
    {head: 'visits', number: true, value: (p) => p.visits, text: (p) => String(p.visits)},
    {head: 'state', value: stateText, text: (p) => element('span', {class: isDoubtful(p) ? 'open' : null}, stateText(p))},
  ], points);
}

/// Linear with round ticks where samples are close together, logarithmic where they span more than a factor of five.
function sampleAxis(values) {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  if (high > 5 * low) return logAxis(logRange(values, 0.08), decimalTicks, formatSeconds, 'time');
  const air = 0.08 * (high - low) || 0.01 * high;
  const [from, to] = [low - air, high + air];
  const rough = (to - from) / 5;
  const step = [1, 2, 5, 10].map((factor) => factor * 10 ** Math.floor(Math.log10(rough))).find((candidate) => candidate >= rough);
  const ticks = [];
  for (let tick = Math.ceil(from / step) * step; tick <= to; tick += step) ticks.push(tick);
  return {range: [from, to], tickvals: ticks, ticktext: ticks.map((tick) => withUnit(tick, SECONDS, 4)), title: {text: 'time'}};
}

/// Samples of a point as dots, a column a visit, beside the median and its interval.
function sampleChart(file, point) {
  const visits = file.samples[point.index];
  const colour = wanColour(file, file.wan.find((wan) => wan.id === point.wan));
  const [xs, ys, texts] = [[], [], []];
  visits.forEach(([launch, round, , samples], visit) => samples.forEach((sample, i) => {
    const spread = samples.length > 1 ? (i / (samples.length - 1) - 0.5) * 0.6 : 0;
    xs.push(visit + 1 + spread);
    ys.push(sample * 1e-6);
    texts.push(`${formatSeconds(sample * 1e-6)}<br>launch ${launch}, round ${round}`);
  }));
  const band = point.ci_low > 0 ? [{type: 'rect', xref: 'paper', x0: 0, x1: 1, y0: point.ci_low, y1: point.ci_high, layer: 'below',
    fillcolor: faded(colour, 0.18), line: {width: 0}}] : [];
  return {
    traces: [{type: 'scatter', mode: 'markers', x: xs, y: ys, text: texts, hovertemplate: '%{text}<extra></extra>',
      marker: {size: 4, color: colour, opacity: 0.6}, meta: 'samples'}],
    layout: chartLayout({
      height: 300,
      xaxis: {range: [0.4, Math.max(visits.length, 1) + 0.6], dtick: Math.max(1, Math.ceil(visits.length / 12)), title: {text: 'visit'}},
      yaxis: sampleAxis([...ys, point.ci_low, point.ci_high].filter((y) => y > 0)),
      shapes: [...band, {type: 'line', xref: 'paper', x0: 0, x1: 1, y0: point.median, y1: point.median, line: {width: 1.5, color: colour}}],
    }),
  };
}

/// A dialog with all that is known of one point.
function showPoint(file, point) {
  const dialog = document.getElementById('point');
  const label = file.wan.find((wan) => wan.id === point.wan).label;
  const facts = [
    ['Median', `${formatSeconds(point.median)}` + (point.ci_low > 0 ?
      ` (${significant(100 * point.confidence)} % CI ${formatSeconds(point.ci_low)} – ${formatSeconds(point.ci_high)})` : '')],
    ['p90 · p99', `${formatSeconds(point.p90)} · ${formatSeconds(point.p99)}`],
    ['busbw · algbw', `${formatBandwidth(point.busbw)} · ${formatBandwidth(point.algbw)}`],
    ['Least possible', point.least_time > 0 ? formatSeconds(point.least_time) : '–'],
    ['Samples', `${formatCount(point.samples)} in ${point.visits} visits, ${point.launches} launch${point.launches === 1 ? '' : 'es'}`],
    ['Data', point.wrong < 0 ? 'not checked' : point.wrong === 0 ? 'verified' : `${formatCount(point.wrong)} elements wrong`],
    ['State', stateText(point)],
  ];
  const plot = element('div', {class: 'plot'});
  dialog.replaceChildren(
    element('form', {method: 'dialog'}, element('button', {class: 'close', 'aria-label': 'Close'}, '×')),
    element('h2', {id: 'point-title'}, `${point.operation}, ${point.algorithm}, ${formatSize(point.size)} at ${label}`),
    element('p', {class: 'muted'}, [WORDS_OF_MODE[point.mode] || point.mode, point.type, point.reduce_op,
      point.in_place ? 'in place' : 'out of place', `${point.ranks} ranks ${point.placement}`].filter(Boolean).join(' · ')),
    element('dl', {}, ...facts.flatMap(([name, text]) => [element('dt', {}, name), element('dd', {}, text)])), plot);
  dialog.showModal();
  const {traces, layout} = sampleChart(file, point);
  Plotly.newPlot(plot, traces, layout, CHART_CONFIG);
}
