import { describe, expect, test } from 'vitest';
import { ownPin } from '../../../lib/login/own-pin.js';
import { digest, type Digest } from '../../../lib/model/json.js';
import type { PinsRecord, Renewal } from '../../../lib/store/pins.js';

const key = (digit: string): Digest<'spki'> => digest(digit.repeat(64));
const [OLD, FRESH, OTHER] = [key('1'), key('2'), key('3')];

const NOTHING: PinsRecord = { pin: null, provenBy: null, retired: [], renewal: null };
const RENEWED: PinsRecord = { ...NOTHING, pin: FRESH, provenBy: digest('9'.repeat(64)), retired: [OLD] };

function under(state: Renewal['state']): PinsRecord {
  const renewal = { by: digest<'claim'>('8'.repeat(64)), state, old: OLD, fresh: FRESH, earlier: null, request: 'x', issued: 'x' };
  return { ...NOTHING, renewal };
}

describe('which key is taken', () => {
  test.each<[string, Digest<'spki'> | null, PinsRecord, Digest<'spki'> | null]>([
    ['of a target that was never renewed: what is said', OLD, NOTHING, OLD],
    ['without a pin: none', null, NOTHING, null],
    ['of one that was renewed: the new one for the old one', OLD, RENEWED, FRESH],
    ['also where an authority alone vouches for it', null, RENEWED, FRESH],
    ['also when the inventory says so by now', FRESH, RENEWED, FRESH],
    ['a third one that the inventory or a person names since, as after a repair', OTHER, RENEWED, OTHER],
  ])('%s', (_when, said, record, expected) => {
    expect(ownPin(said, record)).toEqual({ pin: expected, orPin: null });
  });

  test.each(['asked', 'requested', 'signed', 'not-applied'] as const)('while a renewal is %s, the old one alone', (state) => {
    expect(ownPin(OLD, under(state))).toEqual({ pin: OLD, orPin: null });
  });

  test('from the sending to the proof, the old one and the new one', () => {
    expect(ownPin(OLD, under('sent'))).toEqual({ pin: OLD, orPin: FRESH });
    expect(ownPin(null, under('sent'))).toEqual({ pin: OLD, orPin: FRESH });
  });

  test('a person who vouches for a third one meanwhile is believed, and nobody else', () => {
    expect(ownPin(OTHER, under('sent'))).toEqual({ pin: OTHER, orPin: null });
  });

  test('a second renewal replaces the key of the first, and neither of the earlier ones counts any more', () => {
    const twice: PinsRecord = { ...RENEWED, pin: OTHER, retired: [OLD, FRESH] };
    for (const said of [OLD, FRESH, OTHER, null]) expect(ownPin(said, twice)).toEqual({ pin: OTHER, orPin: null });
  });
});
