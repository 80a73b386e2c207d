'use strict';
// Pairs of hosts: a square a point of a pattern, held against what is usual between the same two sites.

const SMALL_MESSAGE = 4096;  // bytes; up to here time is what matters, beyond it rate
const MOST_ROWS = 200;

const middleOf = (values) => {
  const sorted = [...values].sort((a, b) => a - b);
  const half = Math.floor(sorted.length / 2);
  return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
};

/// Pairs a < b with their time and how it stands to the median of the same two sites: 1.25 takes a quarter longer.
function pairsOf({hosts, sites, times}) {
  const between = (a, b) => [sites[a], sites[b]].sort().join('\n');
  const pairs = [];
  hosts.forEach((_, a) => hosts.forEach((__, b) => {
    const time = times[a * hosts.length + b];
    if (a < b && time > 0) pairs.push({a, b, time, between: between(a, b)});
  }));
  const usual = new Map(distinct(pairs.map((pair) => pair.between)).map((key) =>
    [key, middleOf(pairs.filter((pair) => pair.between === key).map((pair) => pair.time))]));
  return pairs.map((pair) => ({...pair, ratio: pair.time / usual.get(pair.between)}));
}

const speedOf = (matrix, time) => (matrix.size <= SMALL_MESSAGE ? formatSeconds(time) : formatBandwidth(matrix.size / time));

function heatChart(file, matrix, pairs, state) {
  const {hosts} = matrix;
  const hidden = state.hide.includes(`wan:${matrix.wan}`);
  const square = (value) => hosts.map(() => hosts.map(() => value));
  const [ratios, texts, labels] = [square(null), square(''), square('')];
  for (const {a, b, time, ratio} of hidden ? [] : pairs) {
    for (const [row, column] of [[a, b], [b, a]]) {
      ratios[row][column] = ratio;
      labels[row][column] = speedOf(matrix, time);
      texts[row][column] = `${plotText(hosts[row])} – ${plotText(hosts[column])}<br><b>${speedOf(matrix, time)}</b>, ` +
        `${ratio >= 1 ? '+' : '−'}${Math.abs(100 * (ratio - 1)).toFixed(0)} % of time against the usual`;
    }
  }
  const few = hosts.length <= 10;
  const trace = {type: 'heatmap', x: hosts.map(plotText), y: hosts.map(plotText), z: ratios, text: few ? labels : texts, customdata: texts,
    texttemplate: few ? '%{text}' : '', hovertemplate: '%{customdata}<extra></extra>', zmin: 1, zmax: 1.5, xgap: 1, ygap: 1, meta: 'heat',
    colorscale: [[0, inkOf('paper')], [1, isDark() ? OKABE_ITO_ON_DARK[1] : OKABE_ITO[1]]],
    colorbar: {title: {text: 'time against<br>the usual'}, tickvals: [1, 1.25, 1.5], ticktext: ['1×', '1.25×', '1.5×'], thickness: 12}};
  return {traces: [trace], axes: {}, layout: chartLayout({height: Math.max(280, 120 + 26 * hosts.length),
    xaxis: {type: 'category', tickangle: -45, showgrid: false}, yaxis: {type: 'category', autorange: 'reversed', showgrid: false}})};
}

function heatTable(matrix, pairs) {
  const worst = [...pairs].sort((one, other) => other.ratio - one.ratio).slice(0, MOST_ROWS);
  const shown = worst.length < pairs.length ? `, the ${worst.length} furthest behind of ${pairs.length}` : '';
  return sortableTable(`Pairs of ${matrix.settings} at ${formatSize(matrix.size)}${shown}`, [
    {head: 'host', value: (p) => matrix.hosts[p.a], text: (p) => matrix.hosts[p.a]},
    {head: 'with', value: (p) => matrix.hosts[p.b], text: (p) => matrix.hosts[p.b]},
    {head: 'one way', number: true, value: (p) => p.time, text: (p) => formatSeconds(p.time)},
    {head: 'rate', number: true, value: (p) => -p.time, text: (p) => formatBandwidth(matrix.size / p.time)},
    {head: 'against the usual', number: true, value: (p) => p.ratio, text: (p) => `${p.ratio.toFixed(2)}×`},
  ], worst);
}

/// Absent where the file has no pattern, or another one is chosen.
function pairsSection(file, state) {
  const matrices = file.matrices.filter((matrix) => state.settings === undefined || matrix.settings === state.settings);
  if (!matrices.length) return null;
  const label = (id) => (file.wan.find((wan) => wan.id === id) || {label: id}).label;
  const figures = matrices.flatMap((matrix) => {
    const pairs = pairsOf(matrix);
    const title = `${matrix.settings}, ${formatSize(matrix.size)} at ${label(matrix.wan)}`;
    return [figure(title, 'Each pair against the median of pairs between the same two sites: the darker, the further behind.',
      `Heat map of pairs of hosts: ${title}. The table beside holds the values.`, () => heatChart(file, matrix, pairs, state)),
    heatTable(matrix, pairs)];
  });
  return element('section', {'aria-label': 'Pairs'}, element('h2', {}, 'Pair by pair'), element('div', {class: 'figures'}, ...figures));
}
