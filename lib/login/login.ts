import type { Series } from '../evidence/types.js';
import { time } from '../model/json.js';
import type { RedfishTarget } from '../model/site.js';
import { connect } from '../redfish/client.js';
import { burnsSecrets, RedfishError } from '../redfish/errors.js';
import type { Connection, ConnectOptions, Login } from '../redfish/types.js';
import type { Burned } from '../store/burned.js';
import type { Decisions } from './decisions.js';
import { LoginError } from './error.js';

export interface LogInOptions extends Omit<ConnectOptions, 'address' | 'pin' | 'minimum' | 'credential' | 'onLogin'> {
  /** As it is in force: its pin may be one that a person trusted in this incident. */
  readonly target: RedfishTarget;
  readonly secret: () => Promise<Login>;
  readonly burned: Burned;
  readonly decisions: Pick<Decisions, 'licence' | 'known'>;
  readonly record: Series['record'];
  /** It is not known whether the BMC takes this secret: a refusal is the answer, and burns nothing. */
  readonly tries?: boolean;
}

/**
 * Logs in to a target of an incident: the one way by which a secret leaves for a BMC. Once a secret was refused, or another key was seen, none is sent
 * before a signed decision; each decision allows one login, which is written down before the secret leaves, so that no retry, later phase or
 * restarted worker sends it again. Throws SECRET_BURNED, or what `connect` throws.
 */
export async function logIn(options: LogInOptions): Promise<Connection> {
  const { target, secret, burned, decisions, record, tries: _, ...rest } = options;
  const { open, spent, burns } = await burned.read();
  const licence = open ? await decisions.licence(new Set(spent)) : null;
  if (open && licence === null) throw isBurned(target, burns.at(-1)?.code ?? 'an earlier login');
  const terms = { address: target.address, pin: target.pin, minimum: target.tls?.minimum ?? ('TLSv1.2' as const) };
  const watch = <T>(work: Promise<T>): Promise<T> => work.catch((error: unknown) => burnBy(error, options));
  const connection = await watch(
    connect({
      ...rest,
      ...terms,
      credential: await secret(),
      async onLogin() {
        if (licence === null) return;
        await burned.spend(licence);
        await record('secret.licensed', { statement: licence, secret: target.secret });
      },
    }),
  );
  try {
    if (open) await burned.clear();
    await record('connection.opened', {
      peer: connection.peer,
      tls: connection.tls.version,
      cipher: connection.tls.cipher,
      trust: [target.pin === null ? [] : ['pin'], typeof rest.ca === 'string' ? ['ca'] : []].flat().join(' and '),
      minimum: terms.minimum,
      reason: target.tls?.reason ?? null,
    });
  } catch (error) {
    await connection.close();
    throw error;
  }
  return {
    ...connection,
    get: (uri) => watch(connection.get(uri)),
    status: (uri, as) => watch(connection.status(uri, as)),
    download: (path) => watch(connection.download(path)),
    send: (change) => watch(connection.send(change)),
  };
}

/** Writes down that the secret counts as known to the attacker, before anybody can try again; then throws what happened. */
async function burnBy(error: unknown, { target, burned, decisions, record, tries = false }: LogInOptions): Promise<never> {
  if (!(error instanceof RedfishError) || !burnsSecrets(error.code) || (tries && error.code === 'LOGIN_REFUSED')) throw error;
  const { code, peer } = error;
  const burn = { code, secret: target.secret, pinned: target.pin, seen: peer };
  await burned.burn({ at: time(Date.now()), ...burn }, await decisions.known());
  await record('secret.burned', burn);
  throw error;
}

function isBurned(target: RedfishTarget, code: string): LoginError {
  return new LoginError(
    'SECRET_BURNED',
    `${target.id} is sent no secret: ${code} came before in this incident, and no signed decision since then allows another login`,
  );
}
