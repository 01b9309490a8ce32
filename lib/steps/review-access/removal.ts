import type { Operation, Send } from '../../model/operation.js';
import { destroysOf } from '../../operations/effect.js';
import { LIMIT_MS, takes } from '../freeze/setting.js';
import type { Reading } from '../reader.js';

/** Takes one resource out; nothing where the BMC says that it does not take a DELETE there. It cannot be undone: what stood there is in the evidence. */
export function removal(reading: Reading, what: string): readonly Omit<Operation, 'n'>[] {
  if (!takes(reading, 'DELETE', true)) return [];
  const { uri } = reading;
  const send: Send = { kind: 'redfish', method: 'DELETE', uri, body: null };
  return [
    {
      version: 1,
      send,
      line: `take out ${what} at ${uri}; it cannot be undone`,
      limitMs: LIMIT_MS,
      before: [],
      after: [{ uri, absent: true }],
      proof: { by: 'state' },
      destroys: destroysOf(send),
      impact: 'none',
      undo: null,
    },
  ];
}
