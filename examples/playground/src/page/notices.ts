import { byId, element } from './dom.ts';

/** Milliseconds after which an information goes by itself; a problem stays until it is closed. */
const shown = 9000;

/** Tells the reader something, without taking anything away. */
export function notify(text: string, tone: 'info' | 'problem' = 'info'): void {
  const close = element('button', { 'aria-label': 'Close this message' }, '×');
  const notice = element(
    'div',
    { class: `notice is-${tone}`, role: tone === 'problem' ? 'alert' : 'status' },
    element('p', {}, text),
    close,
  );
  const container = byId('notices');
  const same = Array.from(container.children).find(
    (other) => other.textContent === notice.textContent,
  );
  same?.remove();
  close.addEventListener('click', () => notice.remove());
  container.append(notice);
  if (tone === 'info') setTimeout(() => notice.remove(), shown);
}

/** Tells of an error in its own words, after what was being done. */
export function notifyError(doing: string, error: unknown): void {
  const reason = error instanceof Error ? error.message : String(error);
  notify(`${doing}: ${reason}`, 'problem');
}
