import { describe, expect, test } from 'vitest';
import { digest, type Json } from '../../../lib/model/json.js';
import type { Send } from '../../../lib/model/operation.js';
import { withSecretOf } from '../../../lib/model/secret-reference.js';
import { destroysOf, effectOf } from '../../../lib/operations/effect.js';
import { ExecutorError } from '../../../lib/operations/error.js';

const ROOT = '/redfish/v1';
const ACCOUNT = `${ROOT}/AccountService/Accounts/3`;
const DUMP = `${ROOT}/Managers/bmc/LogServices/Dump/Actions/LogService.CollectDiagnosticData`;
const LIFECYCLE = `${ROOT}/Managers/iDRAC.Embedded.1/Oem/Dell/DellLCService/Actions/DellLCService`;
const JOBS = `${ROOT}/Managers/iDRAC.Embedded.1/Oem/Dell/DellJobService/Actions/DellJobService.DeleteJobQueue`;
const request = (method: 'POST' | 'PATCH' | 'PUT' | 'DELETE', uri: string, body: Json = null): Send => ({
  kind: 'redfish',
  method,
  uri,
  body,
});

function reasonOf(send: Send): unknown {
  try {
    return effectOf(send);
  } catch (error) {
    return error instanceof ExecutorError ? error.reason : error;
  }
}

describe('the effect is derived from what is sent', () => {
  test.each<[string, Send, string, readonly string[]]>([
    ['disabling an account', request('PATCH', ACCOUNT, { Enabled: false }), 'change', ['accounts', 'sessions']],
    ['enabling an account', request('PATCH', ACCOUNT, { Enabled: true }), 'change', ['accounts']],
    ['a new password', request('PATCH', ACCOUNT, withSecretOf('vault://file/x')), 'change', ['accounts', 'sessions']],
    [
      'a new community',
      request('PATCH', `${ROOT}/Managers/1/x`, withSecretOf('vault://file/x', {}, 'community')),
      'change',
      ['configuration'],
    ],
    ['emptying a slot', request('PATCH', ACCOUNT, { UserName: '' }), 'destroy', ['accounts', 'sessions']],
    ['a change of who knows what', request('PATCH', ACCOUNT), 'destroy', ['accounts', 'sessions']],
    ['deleting an account', request('DELETE', ACCOUNT), 'destroy', ['accounts', 'sessions']],
    ['the second door of Dell', request('DELETE', `${ROOT}/Managers/iDRAC.Embedded.1/Accounts/3`), 'destroy', ['accounts', 'sessions']],
    ['ending a session', request('DELETE', `${ROOT}/SessionService/Sessions/7`), 'change', ['sessions']],
    ['another spelling of it', request('DELETE', `${ROOT}/sessionservice/SESSIONS/7`), 'change', ['sessions']],
    ['a configuration', request('PATCH', `${ROOT}/Managers/1/NetworkProtocol`, {}), 'change', ['configuration']],
    ['a new account', request('POST', `${ROOT}/AccountService/Accounts`, {}), 'change', []],
    [
      'clearing a log',
      request('POST', `${ROOT}/Managers/1/LogServices/Sel/Actions/LogService.ClearLog`),
      'destroy',
      ['volatile-logs', 'logs', 'dumps'],
    ],
    [
      'a log entry',
      request('DELETE', `${ROOT}/Systems/1/LogServices/Sessions/Entries/Sessions/1`),
      'destroy',
      ['volatile-logs', 'logs', 'dumps'],
    ],
    ['a reset', request('POST', `${ROOT}/Managers/1/Actions/Manager.Reset`, {}), 'destroy', ['sessions', 'volatile-logs']],
    [
      'a whole collection of sessions',
      { kind: 'redfish-each', method: 'DELETE', collection: `${ROOT}/SessionService/Sessions`, spare: [] },
      'change',
      ['sessions'],
    ],
    ['a job that waits', request('DELETE', `${ROOT}/JobService/Jobs/7`), 'change', ['volatile-logs', 'configuration']],
    ['a task that waits', request('DELETE', `${ROOT}/TaskService/Tasks/7`), 'change', ['volatile-logs', 'configuration']],
    ['an update that waits', request('DELETE', `${ROOT}/UpdateService/UpdateTaskQueue/7`), 'change', ['volatile-logs', 'configuration']],
    ['one job of a Dell', request('POST', JOBS, { JobID: 'JID_102241909559' }), 'change', ['volatile-logs', 'configuration']],
    ['the update service', request('PATCH', `${ROOT}/UpdateService`, { ServiceEnabled: false }), 'change', ['configuration']],
    [
      'anything more of the update service',
      request('PATCH', `${ROOT}/UpdateService`, { ServiceEnabled: false, HttpPushUriTargets: [] }),
      'change',
      ['configuration', 'flash'],
    ],
    ['a dump of the manager', request('POST', DUMP, { DiagnosticDataType: 'Manager' }), 'change', ['dumps']],
    ['an export of the lifecycle log', request('POST', `${LIFECYCLE}.ExportLCLog`, { ShareType: 'Local' }), 'change', []],
    [
      'a collection that stays on the iDRAC',
      request('POST', `${LIFECYCLE}.SupportAssistCollection`, { ShareType: 'Local', DataSelectorArrayIn: ['HWData'] }),
      'change',
      ['dumps'],
    ],
    [
      'fetching a file',
      { kind: 'download', uri: `${ROOT}/Managers/1/ActiveHealthSystem`, pointer: '/Links/AHSLocation/extref' },
      'observe',
      [],
    ],
  ])('%s', (_, send, effect, destroys) => {
    expect([effectOf(send), destroysOf(send)]).toEqual([effect, destroys]);
  });

  test.each<[string, Send]>([
    ['a dump of who knows what', request('POST', DUMP, {})],
    ['a dump of the host', request('POST', DUMP, { DiagnosticDataType: 'OS' })],
    ['a dump that is pushed away', request('POST', DUMP, { DiagnosticDataType: 'Manager', TransferURI: 'sftp://elsewhere' })],
    ['a dump with a name of JavaScript', request('POST', DUMP, { DiagnosticDataType: 'Manager', constructor: 'x' })],
    ['a lifecycle log that goes elsewhere', request('POST', `${LIFECYCLE}.ExportLCLog`, { ShareType: 'NFS' })],
    ['a collection that is transmitted', request('POST', `${LIFECYCLE}.SupportAssistCollection`, { ShareType: 'Local', Transmit: 'Yes' })],
    [
      'a collection of data of the host',
      request('POST', `${LIFECYCLE}.SupportAssistCollection`, { ShareType: 'Local', DataSelectorArrayIn: ['OSAppData'] }),
    ],
    ['an empty collection', request('POST', `${LIFECYCLE}.SupportAssistCollection`, { ShareType: 'Local', DataSelectorArrayIn: [] })],
    ['accepting a licence', request('POST', `${LIFECYCLE}.SupportAssistAcceptEULA`, {})],
    ['opening the host channel', request('POST', `${LIFECYCLE}.SupportAssistRegister`, { ShareType: 'Local' })],
    [
      'clearing the Active Health System',
      request('POST', `${ROOT}/Managers/1/ActiveHealthSystem/Actions/HpeiLOActiveHealthSystem.ClearLog`, {}),
    ],
    ['all jobs of a Dell', request('POST', JOBS, { JobID: 'JID_CLEARALL' })],
    ['all jobs of a Dell, by force', request('POST', JOBS, { JobID: 'JID_CLEARALL_FORCE' })],
    ['a job of a Dell and something more', request('POST', JOBS, { JobID: 'JID_102241909559', Force: true })],
    ['jobs of a Dell by no name', request('POST', JOBS, {})],
    ['a job of who knows whom', request('DELETE', `${ROOT}/Systems/1/Oem/Jobs/7`)],
    ['all tasks', request('DELETE', `${ROOT}/TaskService/Tasks`)],
    ['an action nobody knows', request('POST', `${ROOT}/Managers/1/Actions/Oem/Vendor.Anything`)],
    ['an action by another method', request('PATCH', `${ROOT}/Managers/1/Actions/`.slice(0, -1) + '/x', {})],
    ['a POST to no collection that is known', request('POST', `${ROOT}/UpdateService/upload`)],
    ['deleting what is not known', request('DELETE', `${ROOT}/Systems/1/Storage/1`)],
    [
      'a collection that a hostile BMC calls its sessions',
      { kind: 'redfish-each', method: 'DELETE', collection: `${ROOT}/Systems/1/LogServices/SEL/Entries`, spare: [] },
    ],
  ])('%s counts as destroying', (_, send) => {
    expect(effectOf(send)).toBe('destroy');
  });

  test.each<[string, Send]>([
    ['upload', { kind: 'upload', uri: `${ROOT}/UpdateService/upload`, image: digest<'image'>('a'.repeat(64)) }],
    ['wait', { kind: 'wait', budgetMs: 1 }],
  ])('kind %s is refused', (_, send) => {
    expect(reasonOf(send)).toBe('UNSUPPORTED_KIND');
  });

  test.each<[string, Json]>([
    ['in clear', 'swordfish'],
    ['as a reference that is none', { $secret: 'swordfish' }],
    ['beside a reference', { $secret: 'vault://file/x', clear: 'swordfish' }],
  ])('a password or community %s is refused', (_, Password) => {
    const community = { Attributes: { 'SNMP.1.AgentCommunity': Password } };
    const sends = [
      request('PATCH', ACCOUNT, { Password }),
      request('POST', ACCOUNT, { Password }),
      request('PATCH', `${ROOT}/x`, community),
    ];
    expect(sends.map(reasonOf)).toEqual(['BAD_SEND', 'BAD_SEND', 'BAD_SEND']);
  });

  test.each([
    'https://elsewhere/redfish/v1/SessionService/Sessions/1',
    '/redfish/v1/SessionService/Sessions/../../Managers/1',
    '/redfish/v1/SessionService/Sessions/1/',
    '/redfish/v1/Managers/1%2FActions%2FManager.Reset/Sessions/1',
    '/redfish/v1//SessionService/Sessions/1',
    '/redfish/v1/SessionService/Sessions/1?x=/Actions/Manager.Reset',
    '/other/Sessions/1',
  ])('an address that can be read in two ways is refused: %s', (uri) => {
    expect(reasonOf(request('DELETE', uri))).toBe('BAD_SEND');
  });
});
