import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';

const schema: object = JSON.parse(
  readFileSync(new URL('../report/report.schema.json', import.meta.url), 'utf8'),
) as object;

/** What a JSON file of results says that the schema does not allow; empty where it fits. */
export function schemaErrors(report: unknown): string[] {
  const validate = new Ajv({ allErrors: true, allowUnionTypes: true }).compile(schema);
  validate(report);
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}
