import type { Entry } from './program.js';

/** Every command there is, in the order of the help. */
export const NOUNS: readonly Entry[] = [
  {
    name: 'init',
    summary: 'make a site directory that loads, with keys',
    load: async () => (await import('./init/init.js')).newInitCommand,
  },
  {
    name: 'policy',
    summary: 'people and policy of the site directory',
    verbs: [
      {
        name: 'sign',
        summary: 'sign people and policy again after they changed',
        load: async () => (await import('./policy/sign.js')).newSignCommand,
      },
    ],
  },
  {
    name: 'drill',
    summary: 'play an incident against an emulated, compromised fleet, and score it',
    load: async () => (await import('./drill/drill.js')).newDrillCommand,
  },
  {
    name: 'engine',
    summary: 'the engine that keeps incidents alive',
    verbs: [
      {
        name: 'start',
        summary: 'run the engine of one machine, until Ctrl-C',
        load: async () => (await import('./engine/start-command.js')).newStartCommand,
      },
      {
        name: 'status',
        summary: 'what answers, and whether it is prepared',
        load: async () => (await import('./engine/status-command.js')).newStatusCommand,
      },
    ],
  },
  {
    name: 'incident',
    summary: 'open, watch and steer incidents',
    verbs: [
      { name: 'open', summary: 'open an incident against BMCs', load: async () => (await import('./incident/open.js')).newOpenCommand },
      { name: 'list', summary: 'incidents that the engine knows', load: async () => (await import('./incident/list.js')).newListCommand },
      {
        name: 'show',
        summary: 'what an incident needs from people, and how far it is',
        load: async () => (await import('./incident/show.js')).newShowCommand,
      },
      {
        name: 'watch',
        summary: 'follow an incident until it ends',
        load: async () => (await import('./incident/watch.js')).newWatchCommand,
      },
      {
        name: 'add',
        summary: 'take further targets in, as hits of a hunt',
        load: async () => (await import('./incident/add.js')).newAddCommand,
      },
      {
        name: 'resolve',
        summary: 'decide how parked targets go on',
        load: async () => (await import('./incident/resolve.js')).newResolveCommand,
      },
      {
        name: 'complete',
        summary: 'vouch for what was done by hand',
        load: async () => (await import('./incident/complete.js')).newCompleteCommand,
      },
      {
        name: 'release',
        summary: 'lift isolation and freeze',
        load: async () => (await import('./incident/release.js')).newReleaseCommand,
      },
      {
        name: 'cancel',
        summary: 'start nothing more; what has begun is finished',
        load: async () => (await import('./incident/cancel.js')).newCancelCommand,
      },
    ],
  },
  {
    name: 'gate',
    summary: 'decisions that an incident waits for',
    verbs: [
      {
        name: 'list',
        summary: 'gates of one incident, or the open ones of all',
        load: async () => (await import('./gate/list.js')).newListCommand,
      },
      {
        name: 'show',
        summary: 'what would be done, from plans checked here',
        load: async () => (await import('./gate/show.js')).newShowCommand,
      },
      {
        name: 'approve',
        summary: 'let these plans be carried out',
        load: async () => (await import('./gate/decide.js')).newApproveCommand,
      },
      {
        name: 'deny',
        summary: 'close this round; nothing of these plans is carried out',
        load: async () => (await import('./gate/decide.js')).newDenyCommand,
      },
    ],
  },
  {
    name: 'evidence',
    summary: 'what was preserved, and whether it holds',
    verbs: [
      {
        name: 'list',
        summary: 'what is sealed of an incident on this host',
        load: async () => (await import('./evidence/list.js')).newListCommand,
      },
      {
        name: 'add',
        summary: 'keep files that a person brought',
        load: async () => (await import('./evidence/add.js')).newAddCommand,
      },
      {
        name: 'export',
        summary: 'hand over the sealed evidence of an incident',
        load: async () => (await import('./evidence/export.js')).newExportCommand,
      },
      {
        name: 'verify',
        summary: 'whether evidence holds, with public keys only and no server',
        load: async () => (await import('./evidence/verify.js')).newVerifyCommand,
      },
    ],
  },
  {
    name: 'target',
    summary: 'the BMCs of the inventory',
    verbs: [
      { name: 'list', summary: 'targets of the inventory', load: async () => (await import('./target/list.js')).newListCommand },
      {
        name: 'inspect',
        summary: 'what a BMC says of itself, by reads only',
        load: async () => (await import('./target/inspect.js')).newInspectCommand,
      },
      {
        name: 'enroll',
        summary: 'the key and identity of a BMC, as an inventory entry',
        load: async () => (await import('./target/enroll.js')).newEnrollCommand,
      },
      {
        name: 'trust',
        summary: 'vouch for the new key of a BMC in an incident',
        load: async () => (await import('./target/trust.js')).newTrustCommand,
      },
    ],
  },
  {
    name: 'hunt',
    summary: 'what was found on one BMC, looked for on all',
    verbs: [
      {
        name: 'from',
        summary: 'take what an incident found, to look for it elsewhere',
        load: async () => (await import('./hunt/from.js')).newFromCommand,
      },
      { name: 'run', summary: 'look for known traces on every BMC', load: async () => (await import('./hunt/run.js')).newRunCommand },
      {
        name: 'show',
        summary: 'what a hunt found, and where it could not look',
        load: async () => (await import('./hunt/show.js')).newShowCommand,
      },
    ],
  },
  {
    name: 'offboard',
    summary: 'take back what a person has on the BMCs',
    verbs: [
      {
        name: 'run',
        summary: 'find and take back accounts, keys and sessions of a person',
        load: async () => (await import('./offboard/run.js')).newRunCommand,
      },
      {
        name: 'show',
        summary: 'what is left of the person, target by target',
        load: async () => (await import('./offboard/show.js')).newShowCommand,
      },
    ],
  },
  {
    name: 'schedule',
    summary: 'runbooks that run regularly',
    verbs: [
      {
        name: 'add',
        summary: 'sign a launch that repeats',
        load: async () => (await import('./schedule/add.js')).newAddCommand,
      },
      {
        name: 'list',
        summary: 'what runs when, and how the last one went',
        load: async () => (await import('./schedule/list.js')).newListCommand,
      },
      { name: 'pause', summary: 'open no more until resumed', load: async () => (await import('./schedule/change.js')).newPauseCommand },
      {
        name: 'resume',
        summary: 'go on with what was signed',
        load: async () => (await import('./schedule/change.js')).newResumeCommand,
      },
      { name: 'remove', summary: 'end a schedule', load: async () => (await import('./schedule/change.js')).newRemoveCommand },
    ],
  },
  {
    name: 'freeze',
    summary: 'which targets other automation must not touch',
    verbs: [
      {
        name: 'check',
        summary: 'whether a target is frozen: 0 no, 3 yes or nobody can say',
        load: async () => (await import('./freeze/check.js')).newCheckCommand,
      },
      { name: 'list', summary: 'all targets that are frozen', load: async () => (await import('./freeze/list.js')).newListCommand },
    ],
  },
];
