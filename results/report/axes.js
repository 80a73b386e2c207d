'use strict';
// Axes with round ticks, for any range one may zoom to.

/// Ticks at powers of two whose exponents are round: 1 KiB and 1 MiB are among them whenever the range holds them.
function sizeTicks(low, high, wanted = 5) {
  const [first, last] = [Math.log2(low), Math.log2(high)];
  const step = [1, 2, 5, 10].find((candidate) => (last - first) / candidate <= wanted) || 10;
  const ticks = [];
  for (let power = Math.ceil(first / step - 1e-9) * step; power <= last + 1e-9; power += step) ticks.push(2 ** power);
  return ticks;
}

/// Ticks at powers of ten, at 1, 2, 5 where the range is short.
function decimalTicks(low, high) {
  const [first, last] = [Math.log10(low), Math.log10(high)];
  const steps = last - first > 2.2 ? [1] : last - first > 0.9 ? [1, 2, 5] : [1, 1.5, 2, 3, 4, 5, 6, 7, 8, 9];
  const thinned = Math.max(1, Math.ceil((last - first) / 8));
  const ticks = [];
  for (let power = Math.floor(first); power <= Math.ceil(last); power += 1) {
    if (steps.length === 1 && power % thinned !== 0) continue;
    for (const factor of steps) ticks.push(factor * 10 ** power);
  }
  return ticks.filter((tick) => tick >= low * (1 - 1e-9) && tick <= high * (1 + 1e-9));
}

/// Low and high of the values with a little air, as Plotly wants a logarithmic range.
function logRange(values, air = 0.04) {
  const known = values.filter((value) => value > 0);
  if (!known.length) return [0, 1];
  let [low, high] = [Math.log10(Math.min(...known)), Math.log10(Math.max(...known))];
  if (high - low < 0.2) [low, high] = [low - 0.3, high + 0.3];
  return [low - air * (high - low), high + air * (high - low)];
}

/// A logarithmic axis over `range` (exponents of ten) with the ticks and words of its kind.
function logAxis(range, ticksFor, format, title) {
  const ticks = ticksFor(10 ** range[0], 10 ** range[1]);
  return {type: 'log', range, tickvals: ticks, ticktext: ticks.map(format), title: {text: title}};
}

/// Keeps ticks round after zooming: `axes` is {xaxis: [ticksFor, format], …}.
function followZoom(plot, axes) {
  let updating = false;
  plot.on('plotly_relayout', () => {
    if (updating) return;
    const update = {};
    for (const [name, [ticksFor, format]] of Object.entries(axes)) {
      const range = plot.layout[name].range;
      const ticks = ticksFor(10 ** range[0], 10 ** range[1]);
      if (ticks.join() === plot.layout[name].tickvals.join()) continue;
      update[`${name}.tickvals`] = ticks;
      update[`${name}.ticktext`] = ticks.map(format);
    }
    if (!Object.keys(update).length) return;
    updating = true;
    Plotly.relayout(plot, update).then(() => { updating = false; });
  });
}

/// What all charts share.
function chartLayout(extra) {
  const line = {gridcolor: inkOf('grid'), linecolor: inkOf('axis'), zeroline: false, ticks: 'outside', tickcolor: inkOf('axis'),
    ticklen: 4, automargin: true, showline: true, tickfont: {size: 12}};
  const titled = (axis) => ({...line, ...axis, title: {standoff: 8, font: {size: 12, color: inkOf('muted')}, ...axis.title}});
  const {xaxis, yaxis, ...rest} = extra;
  return {
    height: 320, margin: {l: 74, r: 14, t: 10, b: 42}, showlegend: false, hovermode: 'closest', dragmode: 'zoom',
    paper_bgcolor: 'rgba(0,0,0,0)', plot_bgcolor: 'rgba(0,0,0,0)',
    font: {family: getComputedStyle(document.body).fontFamily, size: 13, color: inkOf('ink')},
    hoverlabel: {align: 'left', bgcolor: inkOf('paper'), bordercolor: inkOf('axis'), font: {color: inkOf('ink'), size: 13}},
    xaxis: titled(xaxis), yaxis: titled(yaxis), ...rest,
  };
}

const CHART_CONFIG = {responsive: true, displayModeBar: false, displaylogo: false, doubleClick: 'reset'};
