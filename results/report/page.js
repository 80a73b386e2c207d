'use strict';
// Puts the page together and keeps it in step with what the reader chooses.

const files = readFiles();
const state = readState();
let charts = [];  // {plot, make}: what must be drawn again when colours or hidden series change

const currentFile = () => files[Number(state.file)] || files[0];
const collectivesOf = (file) => distinct(file.points.map((point) => point.operation));

/// Makes the state fit the file: unknown values fall back, axes with something to choose get a value.
function settle(file) {
  const collectives = collectivesOf(file);
  const few = collectives.length <= 3;
  if (!collectives.includes(state.collective) && !(state.collective === 'all')) state.collective = few ? 'all' : collectives[0];
  for (const axis of CHOSEN_AXES) {
    const options = axisOptions(file, axis).map(([value]) => value);
    if (!options.length) delete state[axis.name];
    else if (!options.includes(state[axis.name])) state[axis.name] = options[0];
  }
}

function draw({plot, make}) {
  const {traces, layout} = make();
  return Plotly.react(plot, traces, layout, CHART_CONFIG);
}

/// A figure with a heading, its chart and a note; drawn once it is in the page and has a width.
function figure(title, note, label, make, choose) {
  const plot = element('div', {class: 'plot', role: 'img', 'aria-label': label});
  charts.push({plot, make, ready: () => {
    followZoom(plot, make().axes);
    if (choose) plot.on('plotly_click', ({points}) => points[0].customdata !== undefined && choose(points[0].customdata));
  }});
  return element('figure', {}, element('h3', {}, title), plot, element('figcaption', {}, note));
}

function collectiveSection(file, collective) {
  const points = selectPoints(file, collective, state);
  const series = seriesOf(file, points);
  const choose = (index) => showPoint(file, file.points[index]);
  const zero = points.some((point) => point.size === 0) ? ' A size of 0 B has no place on a logarithmic axis: see the table.' : '';
  const figures = figuresOf(series).map(({title, note, make}) => figure(title, note + (make === timeChart ? zero : ''),
    `${collective}: ${title}. The table below holds the values.`, () => make(file, series, state), choose));
  const open = points.filter(isDoubtful).length;
  const summary = `${points.length} points as a table${open ? `, ${open} of them open` : ''}`;
  return element('section', {'aria-label': collective, 'data-collective': collective}, element('h2', {}, collective),
    points.length ? element('div', {class: 'figures'}, ...figures) : element('p', {class: 'muted'}, 'No point of this collective fits the choice above.'),
    points.length ? element('details', {class: 'values'}, element('summary', {}, summary), pointTable(file, points, (point) => showPoint(file, point))) : null);
}

function distanceSection(file) {
  if (!file.pairs.length) return null;
  const chart = figure('What the hosts and the emulator add', 'A dot a visit; 0 is exactly the configured round trip.',
    'Measured minus configured round-trip time by WAN setting. The table holds the values.', () => excessChart(file, state));
  return element('section', {'aria-label': 'Distance'}, element('h2', {}, 'Distance, configured and felt'),
    element('div', {class: 'figures'}, chart, pairTable(file)));
}

function originSection(file) {
  const drawing = drawFabric(file);
  return element('section', {'aria-label': 'Where it was measured'}, element('h2', {}, 'Where it was measured'),
    drawing ? element('figure', {class: 'wide'}, element('div', {class: 'scroll', tabindex: '0', role: 'region', 'aria-label': 'Sites'}, drawing), element('figcaption', {}, file.fabric.wan ? `Round trips as configured at ${file.fabric.wan}.` : '')) : null,
    file.links.length ? linkTable(file) : null, provenanceTable(file));
}

function showControls(file) {
  const set = (key) => (value) => { state[key] = value; rebuild(); };
  const toggle = (key) => {
    state.hide = state.hide.includes(key) ? state.hide.filter((other) => other !== key) : [...state.hide, key];
    writeState(state);
    showControls(currentFile());
    charts.forEach(draw);
  };
  const collectives = collectivesOf(file);
  const options = [...(collectives.length > 1 ? [['all', 'all']] : []), ...collectives.map((name) => [name, name])];
  const axes = CHOSEN_AXES.map((axis) => [axis, axisOptions(file, axis)]).filter(([, values]) => values.length);
  const others = files.map((other, index) => [String(index), other.name]).filter((_, index) => files[index] !== file);
  const bar = document.getElementById('controls');
  const focused = [...bar.querySelectorAll('button')].indexOf(document.activeElement);
  bar.replaceChildren(...(collectives.length > 1 ? [choice('Collective', options, state.collective, set('collective'))] : []),
    ...axes.map(([axis, values]) => choice(axis.label, values, state[axis.name], set(axis.name))),
    ...(others.length ? [choice('Beside', [['', 'nothing'], ...others], state.beside || '', set('beside'))] : []),
    ...legend(file, file.points, state, toggle));
  if (focused >= 0) bar.querySelectorAll('button')[focused]?.focus();
}

function showFiles() {
  const bar = document.getElementById('files');
  bar.hidden = files.length < 2;
  bar.replaceChildren(...files.map((file, index) => toggleButton(file === currentFile(), () => { state.file = String(index); rebuild(); }, file.name)));
  document.querySelectorAll('.summary').forEach((summary) => { summary.hidden = files[Number(summary.dataset.file)] !== currentFile(); });
}

function rebuild() {
  const file = currentFile();
  settle(file);
  writeState(state);
  showFiles();
  showControls(file);
  charts.forEach(({plot}) => Plotly.purge(plot));
  charts = [];
  const collectives = state.collective === 'all' ? collectivesOf(file) : [state.collective];
  const sections = [soakSection(file), ...collectives.map((name) => collectiveSection(file, name)), pairsSection(file, state), distanceSection(file), originSection(file)];
  document.getElementById('curves').replaceChildren(...sections.filter(Boolean));
  charts.forEach((chart) => draw(chart).then(chart.ready));
}

function redrawFor(print) {
  printing = print;
  document.querySelectorAll('main details, .verdicts details').forEach((details) => { if (print) details.open = true; });
  showControls(currentFile());
  charts.forEach(draw);
}

darkQuery.addEventListener('change', () => redrawFor(false));
addEventListener('beforeprint', () => redrawFor(true));
addEventListener('afterprint', () => redrawFor(false));
addEventListener('hashchange', () => { Object.keys(state).forEach((key) => delete state[key]); Object.assign(state, readState()); rebuild(); });
rebuild();
