export type { Report } from './report/report.ts';
export type { Row } from './report/row.ts';
export type { Suite, SuiteContext } from './suite.ts';
export { suites } from './suites/index.ts';
