'use strict';
// The report's data: tables of columns become rows; axes that vary are found.

/// {a: [1, 2], b: [3, 4]} → [{a: 1, b: 3}, {a: 2, b: 4}]
function rowsOf(table) {
  const names = Object.keys(table);
  const length = names.length ? table[names[0]].length : 0;
  return Array.from({length}, (_, i) => Object.fromEntries(names.map((name) => [name, table[name][i]])));
}

function readFiles() {
  return JSON.parse(document.getElementById('data').textContent).map((file) => {
    const marks = rowsOf(file.marks);
    const points = rowsOf(file.points).map((point, index) => ({...point, index, marks: marks[index]}));
    const wan = rowsOf(file.wan);
    const rank = (row) => wan.findIndex(({id}) => id === row.wan);
    const inOrder = (rows) => rows.sort((a, b) => rank(a) - rank(b));
    return {...file, wan, points, pairs: inOrder(rowsOf(file.pairs)), links: inOrder(rowsOf(file.links))};
  });
}

/// Axes a reader chooses one value of; WAN setting, algorithm and size are drawn side by side instead.
const CHOSEN_AXES = [
  {name: 'mode', label: 'Mode', text: (value) => value},
  {name: 'type', label: 'Type', text: (value) => value},
  {name: 'reduce_op', label: 'Reduction', text: (value) => value || 'none'},
  {name: 'in_place', label: 'Buffers', text: (value) => (value ? 'in place' : 'out of place')},
  {name: 'ranks', label: 'Ranks', text: (value) => String(value)},
  {name: 'placement', label: 'Placement', text: (value) => value || 'one site'},
  {name: 'settings', label: 'Settings', text: (value) => value},
  {name: 'backend', label: 'Backend', text: (value) => value},
  {name: 'settings', label: 'Settings', text: (value) => value},
  {name: 'load', label: 'Load', text: (value) => (value ? String(value) : 'none')},
];

const distinct = (values) => [...new Set(values)];

/// Points to be drawn for one collective, by size, then WAN setting from near to far. A reduction op means nothing to operations that do not reduce,
/// so a point without one passes that filter.
function selectPoints(file, collective, state) {
  const fits = (point) => CHOSEN_AXES.every(({name, text}) => state[name] === undefined || text(point[name]) === state[name] ||
    (name === 'reduce_op' && ['', 'none'].includes(point[name])));
  const rank = (point) => file.wan.findIndex(({id}) => id === point.wan);
  return file.points.filter((point) => point.operation === collective && fits(point))
    .sort((a, b) => a.size - b.size || rank(a) - rank(b));
}

/// One line of a chart: algorithm × WAN setting.
function seriesOf(file, points) {
  const series = [];
  for (const wan of file.wan) {
    for (const algorithm of distinct(points.map((point) => point.algorithm))) {
      const own = points.filter((point) => point.wan === wan.id && point.algorithm === algorithm && point.median > 0);
      if (own.length) series.push({wan, algorithm, points: own});
    }
  }
  return series;
}

const isDoubtful = (point) => !point.converged || point.marks.doubtful === 1;

/// Why a point is drawn open, or what else its visits carried: words for hover and table.
function stateText(point) {
  const {marks} = point;
  const counted = [['late_release', 'emulator late'], ['clock_limited', 'clock-limited'], ['wrong_data', 'wrong data'],
    ['wan_not_felt', 'WAN not felt'], ['interrupted', 'interrupted'], ['throttled', 'throttled']];
  const notes = counted.filter(([name]) => marks[name] > 0).map(([name, text]) => `${text} ${marks[name]}/${marks.visits}`);
  return [point.converged ? 'converged' : `not converged (${point.reason || 'not measured'})`, ...notes].join(', ');
}
