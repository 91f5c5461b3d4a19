/** How long a run may take. */
export type Profile = 'quick' | 'full';
