/** Word numbers of the control block: the host's view of `rust/src/control/block.rs`. */
export const control = {
  threads: 0,
  tileRows: 1,
  wideTiles: 2,
  scratch: 3,
  scratchBytes: 4,
  workspace: 5,
  workspaceBytes: 6,
  scratchWanted: 7,
  workspaceWanted: 8,
  mayWait: 9,
  patience: 10,
  failed: 11,
  fault: 12,
  stop: 13,
  ready: 14,
  worthSharing: 15,
} as const;
