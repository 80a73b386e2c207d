'use strict';
// Building the page. Text always goes in as text, so nothing in a results file can become markup.

/// element('p', {class: 'note'}, 'text', child, …): null children are left out.
function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === 'function') made.addEventListener(key, value);
    else if (value !== false && value !== null) made.setAttribute(key, value === true ? '' : value);
  }
  made.append(...children.filter((child) => child !== null));
  return made;
}

function svgElement(name, attributes = {}, ...children) {
  const made = document.createElementNS('http://www.w3.org/2000/svg', name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

/// Text for Plotly, which reads a few tags in labels.
const plotText = (text) => String(text).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/// A table whose heads sort it. columns: {head, value: row → sortable, text: row → shown (text or element), number: bool}.
function sortableTable(caption, columns, rows) {
  const body = element('tbody');
  const fill = (ordered) => body.replaceChildren(...ordered.map((row) => element('tr', {},
    ...columns.map((column) => element('td', {class: column.number ? 'number' : null}, column.text(row))))));
  const heads = columns.map((column) => element('th', {scope: 'col', class: column.number ? 'number' : null}));
  const sortBy = (index) => {
    const falling = heads[index].getAttribute('aria-sort') === 'ascending';
    heads.forEach((head) => head.removeAttribute('aria-sort'));
    heads[index].setAttribute('aria-sort', falling ? 'descending' : 'ascending');
    const key = columns[index].value;
    const compare = (a, b) => {
      const [x, y] = [key(a), key(b)];
      if (x === null || y === null) return (x === null) - (y === null);  // unknown last, whichever way
      return (x < y ? -1 : x > y ? 1 : 0) * (falling ? -1 : 1);
    };
    fill([...rows].sort(compare));
  };
  heads.forEach((head, index) => head.append(element('button', {type: 'button', click: () => sortBy(index)}, columns[index].head)));
  fill(rows);
  return element('div', {class: 'scroll', tabindex: '0', role: 'region', 'aria-label': caption},
    element('table', {}, element('caption', {}, caption), element('thead', {}, element('tr', {}, ...heads)), body));
}
