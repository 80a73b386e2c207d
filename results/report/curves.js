'use strict';
// The charts of one collective: time, bus bandwidth, hierarchical beside flat, and the share of the link, over size.

const hiddenBy = (state, wan, algorithm) => state.hide.includes(`wan:${wan.id}`) || state.hide.includes(`algorithm:${algorithm}`);
const showsLimits = (state) => !state.hide.includes('limits');

/// What hovering a point tells, whichever chart it is in.
function hoverText(series, point) {
  const lines = [
    `<b>${formatSize(point.size)}</b> ${plotText(point.algorithm)}, ${plotText(series.wan.label)}`,
    `median <b>${formatSeconds(point.median)}</b>` +
      (point.ci_low > 0 ? `, ${significant(100 * point.confidence)} % CI ${formatSeconds(point.ci_low)} – ${formatSeconds(point.ci_high)}` : ''),
    `busbw ${formatBandwidth(point.busbw)}, algbw ${formatBandwidth(point.algbw)}`,
  ];
  if (point.wire_limit > 0 && point.wire_rate > 0) {
    lines.push(`wire ${point.wire_rate_is_bound ? '≥ ' : ''}${formatBitRate(point.wire_rate)}, ` +
      `${formatShare(point.wire_rate / point.wire_limit)} of ${formatBitRate(point.wire_limit)}`);
  }
  lines.push(`${formatCount(point.samples)} samples in ${point.visits} visits`, plotText(stateText(point)));
  return lines.join('<br>');
}

/// A filled band between two curves; where an end is unknown (null, or a quotient by it) there is a gap.
function bandTrace(xs, lows, highs, colour) {
  const known = xs.map((_, i) => i).filter((i) => lows[i] > 0 && highs[i] > 0 && highs[i] < Infinity);
  return {type: 'scatter', mode: 'lines', fill: 'toself', fillcolor: faded(colour, 0.18), line: {width: 0}, hoverinfo: 'skip',
    x: [...known.map((i) => xs[i]), ...known.reverse().map((i) => xs[i])],
    y: [...known.slice().reverse().map((i) => highs[i]), ...known.map((i) => lows[i])], meta: 'band'};
}

/// The line of a series with its markers: filled, or open where doubtful.
function lineTrace(file, series, points, ys, texts, open = points.map(isDoubtful)) {
  const colour = wanColour(file, series.wan);
  const marker = wanMarker(file, series.wan);
  return {type: 'scatter', mode: 'lines+markers', x: points.map((point) => point.size), y: ys,
    line: {color: colour, width: 2, dash: dashOf(series.algorithm)},
    marker: {symbol: open.map((is) => (is ? `${marker}-open` : marker)), size: 8, color: colour, line: {width: open.map((is) => (is ? 2 : 0)), color: colour}},
    text: texts, hovertemplate: '%{text}<extra></extra>', customdata: points.map((point) => point.index),
    name: `${series.wan.label}, ${series.algorithm}`, meta: 'series'};
}

/// The same series of the file that the reader put beside this one: thin, dotted in dashes, small open markers.
function overlayTraces(file, one, value, state) {
  const other = state.beside ? files[Number(state.beside)] : undefined;
  if (!other || other === file) return [];
  const own = one.points[0];
  const points = other.points.filter((point) => point.operation === own.operation && point.wan === one.wan.id &&
    point.algorithm === one.algorithm && CHOSEN_AXES.every(({name}) => point[name] === own[name]) && point.size > 0 && value(point)[0] > 0)
    .sort((a, b) => a.size - b.size);
  const colour = wanColour(file, one.wan);
  return points.length ? [{type: 'scatter', mode: 'lines+markers', x: points.map((point) => point.size), y: points.map((point) => value(point)[0]),
    line: {color: faded(colour, 0.8), width: 1, dash: 'dashdot'}, marker: {symbol: `${wanMarker(file, one.wan)}-open`, size: 6, color: colour},
    text: points.map((point) => `<b>${plotText(other.name)}</b><br>${hoverText(one, point)}`), hovertemplate: '%{text}<extra></extra>', meta: 'overlay'}] : [];
}

/// Crosses over the points whose data was wrong, above everything else.
function wrongTrace(file, lines) {
  const isWrong = (index) => file.points[index].wrong > 0 || file.points[index].marks.wrong_data > 0;
  const wrong = lines.flatMap((line) => line.customdata.map((index, i) => [index, line.x[i], line.y[i]])).filter(([index]) => isWrong(index));
  return wrong.length ? [{type: 'scatter', mode: 'markers', x: wrong.map(([, x]) => x), y: wrong.map(([, , y]) => y), hoverinfo: 'skip',
    marker: {symbol: 'x-thin', size: 13, line: {width: 3, color: inkOf('wrong')}}, meta: 'wrong'}] : [];
}

/// Thin dotted line that no measurement can pass.
function limitTrace(file, wan, xs, ys, text) {
  return {type: 'scatter', mode: 'lines', x: xs, y: ys, line: {color: faded(wanColour(file, wan), 0.9), width: 1, dash: 'dot'},
    hoverinfo: 'text', text: ys.map((y) => text(y)), meta: 'limit'};
}

/// Range over what is drawn; limits widen it by at most half a decade.
function rangeOver(traces) {
  const valuesOf = (meta) => traces.filter((trace) => trace.meta === meta).flatMap((trace) => trace.y).filter((y) => y > 0);
  const data = [...valuesOf('series'), ...valuesOf('overlay'), ...valuesOf('band')];
  const [low, high] = [Math.min(...data) / 3, Math.max(...data) * 3];
  return logRange([...data, ...valuesOf('limit').filter((y) => y > low && y < high)], 0.07);
}

/// A chart over size with a logarithmic value: `value(point)` → [y, low, high], `limit(point)` → y or 0.
function curveChart(file, allSeries, state, {value, limit, ticksFor, format, title}) {
  const series = allSeries.filter(({wan, algorithm}) => !hiddenBy(state, wan, algorithm));
  const drawable = (points) => points.filter((point) => point.size > 0 && value(point)[0] > 0);
  const [bands, limits, lines, overlays] = [[], [], [], []];
  for (const one of series) {
    const points = drawable(one.points);
    if (!points.length) continue;
    const values = points.map(value);
    const xs = points.map((point) => point.size);
    bands.push(bandTrace(xs, values.map((v) => v[1]), values.map((v) => v[2]), wanColour(file, one.wan)));
    lines.push(lineTrace(file, one, points, values.map((v) => v[0]), points.map((point) => hoverText(one, point))));
    overlays.push(...overlayTraces(file, one, value, state));
    const limited = points.filter((point) => limit(point) > 0);
    if (showsLimits(state) && limited.length && !limits.some((trace) => trace.wan === one.wan.id)) {
      const trace = limitTrace(file, one.wan, limited.map((point) => point.size), limited.map(limit),
        (y) => `limit at ${plotText(one.wan.label)}: ${format(y)}`);
      limits.push(Object.assign(trace, {wan: one.wan.id}));
    }
  }
  const traces = [...bands, ...limits, ...overlays, ...lines, ...wrongTrace(file, lines)];
  const sizes = lines.flatMap((trace) => trace.x);
  return {traces, axes: {xaxis: [sizeTicks, formatSize], yaxis: [ticksFor, format]}, layout: chartLayout({
    xaxis: logAxis(logRange(sizes), sizeTicks, formatSize, 'message size'),
    yaxis: logAxis(rangeOver(traces), ticksFor, format, title),
  })};
}

const timeChart = (file, series, state) => curveChart(file, series, state, {
  value: (point) => [point.median, point.ci_low, point.ci_high], limit: (point) => point.least_time,
  ticksFor: decimalTicks, format: formatSeconds, title: 'time'});

const bandwidthChart = (file, series, state) => curveChart(file, series, state, {
  value: (point) => [point.busbw, point.busbw * point.median / point.ci_high, point.busbw * point.median / point.ci_low],
  limit: (point) => (point.least_time > 0 ? point.busbw * point.median / point.least_time : 0),
  ticksFor: decimalTicks, format: formatBandwidth, title: 'busbw'});

/// Pairs of points that differ in algorithm only: how much faster than flat the other is, with the interval that both
/// medians' intervals allow.
function ratiosOf(allSeries) {
  const ratios = [];
  for (const other of allSeries.filter((series) => series.algorithm !== 'flat')) {
    const flat = allSeries.find((series) => series.algorithm === 'flat' && series.wan.id === other.wan.id);
    if (!flat) continue;
    const points = other.points.filter((point) => point.size > 0 && flat.points.some((base) => base.size === point.size));
    const values = points.map((point) => {
      const base = flat.points.find((candidate) => candidate.size === point.size);
      return [base.median / point.median, base.ci_low / point.ci_high, base.ci_high / point.ci_low, base];
    });
    if (points.length) ratios.push({series: other, points, values});
  }
  return ratios;
}

function ratioChart(file, allSeries, state) {
  const ratios = ratiosOf(allSeries).filter(({series}) => !hiddenBy(state, series.wan, series.algorithm));
  const bands = ratios.map(({series, points, values}) => bandTrace(points.map((point) => point.size), values.map((v) => v[1]),
    values.map((v) => v[2]), wanColour(file, series.wan)));
  const lines = ratios.map(({series, points, values}) => lineTrace(file, series, points, values.map((v) => v[0]),
    points.map((point, i) => `<b>${formatSize(point.size)}</b> ${plotText(series.wan.label)}<br>` +
      `flat ${formatSeconds(values[i][3].median)} ÷ ${plotText(series.algorithm)} ${formatSeconds(point.median)} = ` +
      `<b>${significant(values[i][0])}×</b><br>between ${significant(values[i][1])}× and ${significant(values[i][2])}×` +
      (values[i][1] <= 1 && values[i][2] >= 1 ? '<br>no difference beyond noise' : '')),
    points.map((point, i) => isDoubtful(point) || isDoubtful(values[i][3]))));
  const format = (value) => `${significant(value)}×`;
  const traces = [...bands, ...lines, ...wrongTrace(file, lines)];
  const [low, high] = rangeOver([...traces, {meta: 'series', y: [1]}]);
  return {traces, axes: {xaxis: [sizeTicks, formatSize], yaxis: [decimalTicks, format]}, layout: chartLayout({
    xaxis: logAxis(logRange(lines.flatMap((trace) => trace.x)), sizeTicks, formatSize, 'message size'),
    yaxis: logAxis([low, high], decimalTicks, format, 'flat ÷ hierarchical'),
    shapes: [{type: 'line', xref: 'paper', x0: 0, x1: 1, y0: 1, y1: 1, line: {width: 1, color: inkOf('muted')}}],
  })};
}

const hasWireRates = (series) => series.some(({points}) => points.some((point) => point.wire_limit > 0 && point.wire_rate > 0));

/// Wire rate as a share of what the link carries; linear, so that 'nearly full' can be read.
function wireChart(file, allSeries, state) {
  const lines = [];
  const limits = new Set();
  for (const one of allSeries.filter(({wan, algorithm}) => !hiddenBy(state, wan, algorithm))) {
    const points = one.points.filter((point) => point.size > 0 && point.wire_limit > 0 && point.wire_rate > 0);
    points.forEach((point) => limits.add(formatBitRate(point.wire_limit)));
    if (points.length) {
      lines.push(lineTrace(file, one, points, points.map((point) => point.wire_rate / point.wire_limit),
        points.map((point) => hoverText(one, point))));
    }
  }
  const top = Math.max(1, ...lines.flatMap((trace) => trace.y)) * 1.12;
  const label = limits.size === 1 ? `link: ${[...limits][0]}` : 'the link\'s rate';
  return {traces: [...lines, ...wrongTrace(file, lines)], axes: {xaxis: [sizeTicks, formatSize]}, layout: chartLayout({
    xaxis: logAxis(logRange(lines.flatMap((trace) => trace.x)), sizeTicks, formatSize, 'message size'),
    yaxis: {range: [0, top], tickformat: '.0%', dtick: 0.25, title: {text: 'share of the link'}},
    shapes: [{type: 'line', xref: 'paper', x0: 0, x1: 1, y0: 1, y1: 1, line: {width: 1, dash: 'dot', color: inkOf('muted')}}],
    annotations: [{xref: 'paper', x: 0.01, y: 1, text: label, showarrow: false, xanchor: 'left', yanchor: 'bottom',
      font: {size: 11, color: inkOf('muted')}}],
  })};
}

/// The figures that a collective's points support.
function figuresOf(series) {
  const bound = series.some(({points}) => points.some((point) => point.wire_rate_is_bound));
  const dotted = series.some(({points}) => points.some((point) => point.least_time > 0)) ? ' Dotted: the limit, ½ RTT + bytes ÷ link rate.' : '';
  return [
    {title: 'Time over size', note: `Median of one collective, lower is better.${dotted}`, make: timeChart},
    {title: 'Bus bandwidth over size', note: `At the median, higher is better.${dotted}`, make: bandwidthChart},
    ratiosOf(series).length && {title: 'Hierarchical against flat', make: ratioChart,
      note: 'How many times faster: above 1×, hierarchical is. Where the band holds 1×, the samples show no difference.'},
    hasWireRates(series) && {title: 'Use of the link', make: wireChart,
      note: bound ? 'Bytes that crossed between sites; where no counter tells, the least that must have.' :
        'Bytes that crossed the busiest direction between sites, headers included, by the emulator\'s counters.'},
  ].filter(Boolean);
}
