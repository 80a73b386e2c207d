'use strict';
// Colours and shapes. One colour and one marker a WAN setting throughout, so that colour is never alone in meaning.

/// Okabe & Ito's set that colour-blind readers can tell apart, in an order that keeps neighbours far and pale ones last.
const OKABE_ITO = ['#0072B2', '#D55E00', '#009E73', '#CC79A7', '#E69F00', '#56B4E9', '#F0E442'];
const OKABE_ITO_ON_DARK = ['#3D9BD9', '#E8772E', '#1DB78A', '#D88FB8', '#E69F00', '#7CC8F0', '#F0E442'];
const MARKERS = ['circle', 'square', 'diamond', 'triangle-up', 'triangle-down', 'pentagon', 'hexagon', 'star'];
const DASHES = {flat: 'solid', hierarchical: 'dash'};

const darkQuery = matchMedia('(prefers-color-scheme: dark)');
let printing = false;

const isDark = () => darkQuery.matches && !printing;

function wanColour(file, wan) {
  const palette = isDark() ? OKABE_ITO_ON_DARK : OKABE_ITO;
  return palette[file.wan.findIndex((other) => other.id === wan.id) % palette.length];
}

const wanMarker = (file, wan) => MARKERS[file.wan.findIndex((other) => other.id === wan.id) % MARKERS.length];
const dashOf = (algorithm) => DASHES[algorithm] || 'dot';

/// '#0072B2', 0.15 → 'rgba(0,114,178,0.15)'
function faded(colour, opacity) {
  const part = (from) => parseInt(colour.slice(from, from + 2), 16);
  return `rgba(${part(1)},${part(3)},${part(5)},${opacity})`;
}

/// A colour of page.css by its name.
const inkOf = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
