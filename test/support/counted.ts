import type { Enforcer } from '../../lib/isolation/enforcer.js';
import type { ExecutorDeps } from '../../lib/operations/job.js';

/** Everything that an executor does to disk and device, numbered from 1, so that a test can meddle with each. */
export interface Counted {
  readonly over: (deps: ExecutorDeps) => ExecutorDeps;
  readonly names: readonly string[];
}

/** `at` is called before each step, and again when it has happened and the caller does not know it yet. It may throw, or never return. */
export function counted(at: (step: number, when: 'before' | 'after') => void): Counted {
  const names: string[] = [];
  const step = async <T>(name: string, work: () => Promise<T>): Promise<T> => {
    names.push(name);
    const number = names.length;
    at(number, 'before');
    const result = await work().catch((error: unknown) => {
      at(number, 'after');
      throw error;
    });
    at(number, 'after');
    return result;
  };
  return {
    names,
    over: (deps) => ({
      ...deps,
      claims: (incident) => {
        const claims = deps.claims(incident);
        return {
          ...claims,
          create: (claim) => step('claims.create', () => claims.create(claim)),
          note: (order, member, change) => step('claims.note', () => claims.note(order, member, change)),
          settle: (order, outcome) => step('claims.settle', () => claims.settle(order, outcome)),
        };
      },
      series: async (known, target) => {
        const series = await deps.series(known, target);
        return {
          folder: series.folder,
          get position() {
            return series.position;
          },
          get lastAt() {
            return series.lastAt;
          },
          get unsealed() {
            return series.unsealed;
          },
          get lastSeal() {
            return series.lastSeal;
          },
          stage: (capture) => series.stage(capture),
          commit: () => step('series.commit', () => series.commit()),
          record: (type, data) => step(`series.record ${type}`, () => series.record(type, data)),
          keepStatement: (name, signed, data) => series.keepStatement(name, signed, data),
          markComplete: (classes) => series.markComplete(classes),
          seal: (options) => series.seal(options),
          sealedClasses: () => series.sealedClasses(),
          close: () => series.close(),
        };
      },
      credentials: {
        read: (target) => deps.credentials.read(target),
        note: (target, rotation) => step(`credentials.note ${rotation.state}`, () => deps.credentials.note(target, rotation)),
        keep: (target, account) => step(`credentials.keep ${account.state}`, () => deps.credentials.keep(target, account)),
        noteToken: (target, token) => step('credentials.noteToken', () => deps.credentials.noteToken(target, token)),
        end: (target, ref, uses) => step('credentials.end', () => deps.credentials.end(target, ref, uses)),
      },
      pins: {
        ...deps.pins,
        note: (target, renewal) => step(`pins.note ${renewal?.state ?? 'none'}`, () => deps.pins.note(target, renewal)),
        replace: (target, keys, plan) => step('pins.replace', () => deps.pins.replace(target, keys, plan)),
      },
      certificateAuthority: async (incident) => {
        const authority = await deps.certificateAuthority(incident);
        if (authority === null) return null;
        return { ...authority, sign: (request, signal) => step('authority.sign', () => authority.sign(request, signal)) };
      },
      shownKey: (target, signal) => step('shownKey', () => deps.shownKey(target, signal)),
      vaultOf: (reference) => {
        const vault = deps.vaultOf(reference);
        return {
          read: (ref) => vault.read(ref),
          pending: (ref) => vault.pending(ref),
          createPending: (ref, key, make) => step('vault.createPending', () => vault.createPending(ref, key, make)),
          promote: (ref, key, replaced) => step('vault.promote', () => vault.promote(ref, key, replaced)),
          setAside: (ref, key) => step('vault.setAside', () => vault.setAside(ref, key)),
        };
      },
      tryLogin: (known, target, series, login, signal) => step('tryLogin', () => deps.tryLogin(known, target, series, login, signal)),
      secondLogin: async (known, target, series, login, signal) => {
        const connection = await step('secondLogin', () => deps.secondLogin(known, target, series, login, signal));
        return { ...connection, status: (uri, as) => step('status', () => connection.status(uri, as)), close: () => connection.close() };
      },
      enforcer: async (incident, name, signal) => {
        const found = await deps.enforcer(incident, name, signal);
        const apply: Enforcer['apply'] = (rules, armedForS) => step('enforcer.apply', () => found.enforcer.apply(rules, armedForS));
        return { ...found, enforcer: { ...found.enforcer, apply } };
      },
      overIpmi: (target, login, signal) => step('overIpmi', () => deps.overIpmi(target, login, signal)),
      changeOverIpmi: (target, terms, change) => step('changeOverIpmi', () => deps.changeOverIpmi(target, terms, change)),
      integration: async (incident, name, signal) => {
        const found = await deps.integration(incident, name, signal);
        return { ...found, replace: (key, credential) => step('integration.replace', () => found.replace(key, credential)) };
      },
      connect: async (known, target, series, signal) => {
        const connection = await step('connect', () => deps.connect(known, target, series, signal));
        return { ...connection, send: (change) => step('send', () => connection.send(change)), close: () => connection.close() };
      },
    }),
  };
}
