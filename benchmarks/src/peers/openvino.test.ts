import { expect, test } from 'vitest';

import { downloadFailure } from './openvino.ts';

test('what the download says is told in one line, and what it does not say is not missed', () => {
  const written = `node:internal
      new UnhandledPromiseRejection(reason);
UnhandledPromiseRejection: This error originated either by throwing inside of an async function without a catch block. The promise rejected with the reason "Failed to send request: Error: getaddrinfo ENOTFOUND storage.openvinotoolkit.org.".
    at throwUnhandledRejectionsMode`;
  const line =
    "its runtime, which it downloads from storage.openvinotoolkit.org, can't be had " +
    '(Failed to send request: Error: getaddrinfo ENOTFOUND storage.openvinotoolkit.org)';
  expect(downloadFailure(written)).toBe(line);
  expect(downloadFailure('')).toBe(line.slice(0, line.indexOf(' (')));
});
