'use strict';
// Where it was measured: sites and hosts, RTT as configured and as felt, links' counters, provenance.

/// Sites side by side on an arc, joined by lines that carry their RTT.
function drawFabric(file) {
  const {sites, pairs} = file.fabric;
  if (!sites.length) return null;
  const rows = Math.max(...sites.map((site) => Math.min(site.hosts.length, 5)));
  const box = {width: 190, height: 44 + 18 * rows};
  const step = {x: sites.length > 4 ? 250 : 340, y: box.height + 70};
  const columns = sites.length > 4 ? 3 : Math.min(sites.length, 2);
  const place = (index) => ({x: 10 + (index % columns) * step.x, y: 10 + Math.floor(index / columns) * step.y});
  const size = {width: 20 + (columns - 1) * step.x + box.width, height: 20 + (Math.ceil(sites.length / columns) - 1) * step.y + box.height};
  const centre = (name) => {
    const {x, y} = place(sites.findIndex((site) => site.name === name));
    return {x: x + box.width / 2, y: y + box.height / 2};
  };
  const lines = pairs.map(({a, b}) => {
    const [from, to] = [centre(a), centre(b)];
    return svgElement('line', {x1: from.x, y1: from.y, x2: to.x, y2: to.y, class: 'long-haul'});
  });
  const words = pairs.flatMap(({a, b, rtt, rate}) => {
    const [from, to] = [centre(a), centre(b)];
    const middle = {x: (from.x + to.x) / 2, y: (from.y + to.y) / 2};
    const label = (dy, text) => svgElement('text', {x: middle.x, y: middle.y + dy, class: 'on-line'}, text);
    return [label(-7, `RTT ${formatSeconds(rtt)}`), ...(rate > 0 ? [label(17, formatBitRate(rate))] : [])];
  });
  const boxes = sites.map((site, index) => {
    const {x, y} = place(index);
    const ranks = site.hosts.reduce((sum, [, count]) => sum + count, 0);
    const shown = site.hosts.length > 5 ? site.hosts.slice(0, 4) : site.hosts;
    const hosts = shown.map(([host, count]) => `${host}${count > 1 ? ` × ${count}` : ''}`);
    if (shown.length < site.hosts.length) hosts.push(`… ${site.hosts.length - shown.length} more`);
    return svgElement('g', {}, svgElement('rect', {x, y, width: box.width, height: box.height, rx: 8}),
      svgElement('text', {x: x + 14, y: y + 24, class: 'site'}, `${site.name} · ${ranks} rank${ranks === 1 ? '' : 's'}`),
      ...hosts.map((host, i) => svgElement('text', {x: x + 14, y: y + 44 + 18 * i, class: 'host'}, host)));
  });
  const said = sites.map((site) => `${site.name} with ${site.hosts.length} hosts`).join(', ');
  return svgElement('svg', {class: 'fabric', viewBox: `0 0 ${size.width} ${size.height}`, role: 'img', 'aria-label': `Sites: ${said}`,
    style: `max-width:${size.width}px`}, ...lines, ...boxes, ...words);
}

/// Measured minus configured RTT, a dot a visit: what the hosts and the emulator add.
function excessChart(file, state) {
  const pairs = file.pairs.filter((pair) => !state.hide.includes(`wan:${pair.wan}`));
  const labels = new Map(file.wan.map((wan) => [wan.id, wan.label]));
  const several = distinct(pairs.map((pair) => `${pair.site_a}${pair.site_b}`)).length > 1;
  const name = (pair) => plotText(labels.get(pair.wan) + (several ? ` ${pair.site_a}–${pair.site_b}` : ''));
  const widest = Math.max(0, ...pairs.flatMap((pair) => pair.measured.map((rtt) => Math.abs(rtt - pair.configured))));
  const [unit, unitName] = widest < 2e-3 ? [1e-6, 'µs'] : [1e-3, 'ms'];
  const traces = pairs.map((pair, row) => {
    const wan = file.wan.find((other) => other.id === pair.wan);
    const jitter = pair.measured.map((_, i) => row + (((i * 0.618034) % 1) - 0.5) * 0.5);  // golden ratio: even, not random
    return {type: 'scatter', mode: 'markers', x: pair.measured.map((rtt) => (rtt - pair.configured) / unit), y: jitter, meta: 'rtt',
      text: pair.measured.map((rtt) => `${name(pair)}<br>measured <b>${formatSeconds(rtt)}</b>, configured ${formatSeconds(pair.configured)}`),
      hovertemplate: '%{text}<extra></extra>',
      marker: {size: 6, opacity: 0.65, color: wanColour(file, wan), symbol: wanMarker(file, wan)}};
  });
  return {traces, axes: {}, layout: chartLayout({
    height: Math.max(190, 80 + 46 * pairs.length),
    xaxis: {title: {text: `measured − configured RTT, ${unitName}`}, rangemode: 'tozero', zeroline: true, zerolinecolor: inkOf('muted')},
    yaxis: {tickvals: pairs.map((_, i) => i), ticktext: pairs.map(name), showgrid: false, range: [pairs.length - 0.5, -0.5]},
  })};
}

function pairTable(file) {
  const labels = new Map(file.wan.map((wan) => [wan.id, wan.label]));
  return sortableTable('Round-trip times, through the backend\'s own transport', [
    {head: 'WAN', value: (p) => file.wan.findIndex((wan) => wan.id === p.wan), text: (p) => labels.get(p.wan) || p.wan},
    {head: 'between', value: (p) => p.site_a + p.site_b, text: (p) => `${p.site_a} – ${p.site_b}`},
    {head: 'configured', number: true, value: (p) => p.configured, text: (p) => formatSeconds(p.configured)},
    {head: 'measured', number: true, value: (p) => p.median, text: (p) => formatSeconds(p.median)},
    {head: 'least', number: true, value: (p) => p.low, text: (p) => formatSeconds(p.low)},
    {head: 'most', number: true, value: (p) => p.high, text: (p) => formatSeconds(p.high)},
    {head: 'visits', number: true, value: (p) => p.visits, text: (p) => String(p.visits)},
  ], file.pairs);
}

function linkTable(file) {
  const labels = new Map(file.wan.map((wan) => [wan.id, wan.label]));
  const members = file.links.some((link) => link.member > 0);
  const queueTime = (link) => (link.rate > 0 ? link.queue_max / link.rate : null);
  const columns = [
    {head: 'WAN', value: (l) => file.wan.findIndex((wan) => wan.id === l.wan), text: (l) => labels.get(l.wan) || l.wan},
    {head: 'link', value: (l) => l.link, text: (l) => l.link},
    {head: 'direction', value: (l) => l.from + l.to, text: (l) => `${l.from} → ${l.to}`},
    members && {head: 'member', number: true, value: (l) => l.member, text: (l) => String(l.member)},
    {head: 'rate', number: true, value: (l) => l.rate, text: (l) => (l.rate > 0 ? formatBitRate(l.rate) : 'uncapped')},
    {head: 'carried', number: true, value: (l) => l.bytes, text: (l) => formatDecimalBytes(l.bytes)},
    {head: 'packets', number: true, value: (l) => l.packets, text: (l) => formatCount(l.packets)},
    {head: 'drops', number: true, value: (l) => l.drops, text: (l) => formatCount(l.drops)},
    {head: 'visits with drops', number: true, value: (l) => l.visits_with_drops, text: (l) => `${l.visits_with_drops} of ${l.visits}`},
    {head: 'longest queue', number: true, value: (l) => l.queue_max,
      text: (l) => formatDecimalBytes(l.queue_max) + (queueTime(l) > 0 ? ` (${formatSeconds(queueTime(l))})` : '')},
  ].filter(Boolean);
  return sortableTable('Links, over all visits of a WAN setting', columns, file.links);
}

/// Field, value; where launches differ, each value names its launches. Long texts fold.
function provenanceTable(file) {
  const rows = file.provenance.map(([label, values, isText]) => {
    const cells = values.map(([value, launches]) => {
      const whose = values.length > 1 ? `launch ${launches.join(', ')}` : null;
      const shown = isText ? element('details', {}, element('summary', {}, whose || 'show'), element('pre', {}, value)) :
        element('span', {}, value, whose ? element('span', {class: 'muted'}, ` (${whose})`) : null);
      return element('div', {}, shown);
    });
    return element('tr', {}, element('th', {scope: 'row'}, label), element('td', {}, ...cells));
  });
  return element('table', {class: 'provenance'}, element('tbody', {}, ...rows));
}
