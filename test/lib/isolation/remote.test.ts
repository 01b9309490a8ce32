import { expect, test } from 'vitest';
import { readAnswer } from '../../../lib/isolation/remote.js';

const ANSWER = { stdout: '{"version":1,"results":[]}', stderr: '', ended: 'done', why: '', nonce: 'n1' };

test('an answer to this question is what the probe printed', () => {
  const { stdout, ended } = readAnswer(ANSWER, 'n1');
  expect([stdout.toString(), ended]).toEqual([ANSWER.stdout, 'done']);
});

test.each<[string, unknown]>([
  ['to an earlier question', { ...ANSWER, nonce: 'n0' }],
  ['without its question', { ...ANSWER, nonce: undefined }],
  ['that did not authenticate', { 'cofferdam/refused': 'forged' }],
  ['with more in it', { ...ANSWER, state: 'closed' }],
  ['that is too long', { ...ANSWER, stdout: 'x'.repeat(1_000_001) }],
  ['that is none', null],
])('an answer %s proves nothing', (_, value) => {
  expect(readAnswer(value, 'n1')).toMatchObject({ ended: 'failed', stdout: Buffer.alloc(0) });
});
