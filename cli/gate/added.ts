import { z } from 'zod';
import type { Id } from '../../lib/model/json.js';
import type { IncidentView } from '../../lib/model/incident.js';
import { readStatement } from '../../lib/model/read-statement.js';
import type { SignedStatement } from '../../lib/model/statement.js';
import { sha256 } from '../../lib/trust/canonical.js';
import type { AddedStatement, Desk, Opened } from '../desk.js';
import { fetchObject, forged } from './objects.js';

/**
 * Reads the statements that asked to take targets in. They are what their digests say; who signed them is verified before anybody signs for their
 * targets, by `requireLaunch`. Throws FORGED_PLAN.
 */
export async function withAdded(desk: Desk, opened: Opened, view: Pick<IncidentView, 'added'>): Promise<Opened> {
  const { incident, zones } = opened.input;
  const where = { incident, zones: zones.map(({ zone }) => zone) };
  const added = await Promise.all(
    view.added.map(async ({ statement, signed: digest, state }): Promise<AddedStatement> => {
      const { value: signed } = await fetchObject(desk, where, digest, (value) => signedSchema.parse(value));
      const read = readStatement(signed.text);
      if ('refusal' in read || read.statement.verb !== 'add' || sha256(signed.text) !== statement)
        throw forged(`the incident names the statement ${statement} as one that adds targets, and its zones have another`);
      return { signed, add: read.statement, digest: sha256(signed.text), state };
    }),
  );
  return { ...opened, added };
}

/** The targets of a zone: of the launch, and taken in since. */
export function targetsIn(opened: Opened, zone: Id<'zone'>): readonly Id<'target'>[] {
  const launched = opened.input.zones.find((one) => one.zone === zone)?.targets ?? [];
  return [
    ...launched.filter((target) => opened.launch.targets.includes(target)),
    ...takenIn(opened).flatMap((one) => (one.zone === zone ? [one.target] : [])),
  ];
}

/** All targets of the incident. */
export function targetsOf(opened: Opened): readonly Id<'target'>[] {
  return [...opened.launch.targets, ...takenIn(opened).map(({ target }) => target)];
}

function takenIn({ added }: Opened): AddedStatement['add']['targets'] {
  return added.flatMap(({ add, state }) => (state === 'in' ? add.targets : []));
}

const signedSchema = z.strictObject({ text: z.string(), signature: z.string() }) satisfies z.ZodType<SignedStatement>;
