'use strict';
// Soaks: the rate of one collective after another, over time, with what happened to the links.

function soakChart(file, soak) {
  const time = soak.rates.map((_, i) => (i + 0.5) * soak.step);
  const most = Math.max(...soak.rates, 1);
  const marks = soak.events.map(({at}) => ({type: 'line', x0: at, x1: at, y0: 0, y1: 1, yref: 'paper',
    line: {color: inkOf('muted'), width: 1, dash: 'dot'}}));
  const words = soak.events.map(({at, text}, i) => ({x: at, y: 1 - 0.075 * (i % 4), yref: 'paper', xanchor: 'left', yanchor: 'top',
    text: plotText(text), showarrow: false, font: {size: 11, color: inkOf('muted')}}));
  return {axes: {}, traces: [{type: 'scatter', mode: 'lines', x: time, y: soak.rates, 
    line: {color: wanColour(file, file.wan.find(({id}) => id === soak.wan)), width: 1.5, shape: 'hvh'},
    text: soak.rates.map((rate, i) => `${formatSeconds(time[i])}: <b>${formatBandwidth(rate)}</b>`), hovertemplate: '%{text}<extra></extra>'}],
  layout: chartLayout({height: 360, shapes: marks, annotations: words,
    xaxis: {title: {text: 'time since the soak began, s'}, range: [0, soak.rates.length * soak.step]},
    yaxis: {title: {text: 'algbw'}, range: [0, most * 1.45], tickformat: '~s', ticksuffix: 'B/s'}})};
}

function soakTable(soak) {
  const time = (key) => ({number: true, value: (event) => event[key], text: (event) => formatSeconds(event[key])});
  return sortableTable('What was felt of each event, until the next', [
    {head: 'at', ...time('at')},
    {head: 'event', value: (event) => event.text, text: (event) => event.text},
    {head: 'detected after', ...time('detection')},
    {head: 'stall', ...time('stall')},
    {head: '90 % of the rate after', ...time('recovery')},
    {head: 'finished', number: true, value: (event) => event.finished, text: (event) => formatCount(event.finished)},
    {head: 'failed', number: true, value: (event) => event.failed, text: (event) => formatCount(event.failed)},
  ], soak.events);
}

function soakSection(file) {
  if (!file.soaks.length) return null;
  const figures = file.soaks.map((soak) => {
    const name = `${soak.operation} ${soak.algorithm}, ${formatSize(soak.size)}, ${soak.wan}`;
    const data = soak.wrong > 0 ? `${formatCount(soak.wrong)} wrong elements` : 'all data right';
    return element('div', {}, figure(name, `${formatCount(soak.collectives)} collectives one by one, ${data}. `
      + `A step is ${formatSeconds(soak.step)}; dotted lines are events.`,
    `Rate of ${name} over time. The table holds what was felt of each event.`, () => soakChart(file, soak)), soakTable(soak));
  });
  return element('section', {'aria-label': 'Soak'}, element('h2', {}, 'While links were cut and restored'), ...figures);
}
