'use strict';
// What the reader chose, kept in the URL's fragment so that a link shows the same page.

/// {file: '0', collective: 'all_reduce', mode: 'latency', hide: ['wan:+10ms']}; unknown keys are carried along.
function readState() {
  const state = Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
  state.hide = state.hide ? state.hide.split('|') : [];
  return state;
}

function writeState(state) {
  const entries = Object.entries(state).filter(([, value]) => value !== undefined && value.length !== 0)
    .map(([key, value]) => [key, Array.isArray(value) ? value.join('|') : value]);
  const text = new URLSearchParams(entries).toString();
  history.replaceState(null, '', text ? `#${text}` : location.pathname + location.search);
}
