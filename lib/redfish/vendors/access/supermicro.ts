import type { AccessSetting, DoorKind, Lookalike } from './setting.js';

const OEM = '/redfish/v1/Managers/*/Oem/Supermicro';
const SOURCE = 'stmcginnis/gofish oem/smc (RADIUS and Syslog as its tests have them; the name of the mail server was seen in no capture)';

export const SUPERMICRO_ACCESS: readonly AccessSetting[] = [
  row('directory', 'RADIUS server', 'RADIUS', ['RadiusServer']),
  row('destination', 'syslog server', 'Syslog', ['SyslogServer']),
  row('destination', 'syslog server', 'Syslog', ['SyslogServer', '*', 'ServerIP']),
  row('destination', 'mail server for alerts', 'SMTP', ['SmtpServer']),
];

function row(kind: DoorKind, name: string, resource: string, path: readonly string[]): AccessSetting {
  return { kind, name, uri: `${OEM}/${resource}`, each: false, path, source: SOURCE };
}

export const SUPERMICRO_LOOKALIKES: readonly Lookalike[] = [
  {
    what: 'account',
    name: /^host FW user$/,
    only: null,
    why: 'the BMC makes it for the firmware of the host (MEL-0206)',
    source: 'Supermicro Event registry, MEL-0206, by its wording; the name itself was seen in no capture',
  },
];
