import { notify } from './notices.ts';
import { whole } from './numbers.ts';

/** Where training stands. */
export interface Standing {
  readonly isTraining: boolean;
  readonly steps: number;
}

/** Tells, when the tab is looked at again, how far training went meanwhile: workers go on behind other tabs. */
export function watchVisibility(standing: () => Standing): void {
  let left: Standing | null = null;
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'hidden') {
      left = standing();
      return;
    }
    if (left?.isTraining !== true) return;
    const steps = standing().steps - left.steps;
    left = null;
    notify(
      steps > 0
        ? `Training went on while this tab was in the background: ${whole(steps)} steps.`
        : 'Your browser held the training while this tab was in the background. It goes on now; nothing was lost.',
    );
  });
}
