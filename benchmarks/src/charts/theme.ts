/** Colours of the charts, and what their classes look like; for pictures and for the page. */
export const lightVariables =
  '--paper:#ffffff;--ink:#1c2128;--soft:#656d76;--line:#e6e9ed;--axis:#b9c0c8;--front:#8b949e';
export const darkVariables =
  '--paper:#0d1117;--ink:#e6edf3;--soft:#9198a1;--line:#222831;--axis:#3d444d;--front:#8b949e';

export const chartRules: string = [
  'text{font-family:system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;fill:var(--ink)}',
  '.tick{font-size:11.5px;fill:var(--soft)}',
  '.title{font-size:12.5px;fill:var(--soft)}',
  '.heading{font-size:15px;font-weight:650}',
  '.name{font-size:12px;paint-order:stroke;stroke:var(--paper);stroke-width:3px;stroke-linejoin:round}',
  '.grid{stroke:var(--line);stroke-width:1}',
  '.axis{stroke:var(--axis);stroke-width:1}',
  '.front{fill:none;stroke:var(--front);stroke-width:1.5;stroke-dasharray:5 4}',
  '.error{fill:none;stroke-width:1.4;opacity:.75}',
  '.dot{fill-opacity:.62;stroke-width:1.4}',
  '.dot.single{fill-opacity:.14}',
  '.dot.cut{stroke-dasharray:3 2.5}',
].join('');
