import type { FleetTarget } from '../../drill/fleet.js';
import { connect } from '../../lib/redfish/client.js';
import { Secret } from '../../lib/vault/secret.js';

/** Makes an account on an emulated BMC, as somebody with its password would. */
export async function plantAccount({ address, pin, userName, password }: FleetTarget, name: string): Promise<void> {
  const credential = { userName, password: Secret.of(password) };
  const connection = await connect({ address, pin, credential, mode: 'read-write', signal: new AbortController().signal });
  const body = { UserName: name, Password: 'Corr3ct-horse-9', RoleId: 'Administrator' };
  const { status } = await connection.send({ method: 'POST', uri: '/redfish/v1/AccountService/Accounts', body, ifMatch: null });
  await connection.close();
  if (status >= 300) throw new Error(`the BMC made no account: ${String(status)}`);
}
