/** The samples of a set are not on this machine. */
export class DatasetAbsentError extends Error {
  override readonly name = 'DatasetAbsentError';
}

/** A file of samples is not what it should be. */
export class DatasetContentError extends Error {
  override readonly name = 'DatasetContentError';
}

/** The time that a training may take is too short for the network. */
export class BudgetTooSmallError extends Error {
  override readonly name = 'BudgetTooSmallError';
}

/** Another library's network of the same name has other parameters. */
export class ParameterCountError extends Error {
  override readonly name = 'ParameterCountError';
}

/** What was wrong with a journal. */
export type JournalFault =
  /** It exists, and the run was not told to go on with it. */
  | 'exists'
  /** Another version of the harness wrote it. */
  | 'version'
  /** Its trainings followed another recipe, or were of other data. */
  | 'recipe'
  /** A line is none of a journal. */
  | 'content'
  /** Another process writes to it. */
  | 'locked'
  /** It cannot be read or written. */
  | 'access';

/** A journal of trainings cannot be used. */
export class JournalError extends Error {
  override readonly name = 'JournalError';
  readonly fault: JournalFault;

  constructor(fault: JournalFault, message: string, options?: ErrorOptions) {
    super(message, options);
    this.fault = fault;
  }
}
