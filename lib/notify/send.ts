import type { Endpoint } from '../model/endpoint.js';
import { VaultError } from '../vault/error.js';
import { runCommand } from './command.js';
import type { Delivery, Means } from './delivery.js';
import { NotifyError } from './error.js';
import { sendMail } from './mail.js';
import { sendWebhook } from './webhook.js';

/** Tells one endpoint, once. Throws NotifyError. */
export async function send(endpoint: Endpoint, delivery: Delivery, means: Means): Promise<void> {
  try {
    switch (endpoint.kind) {
      case 'webhook':
        await sendWebhook(endpoint, delivery, means);
        return;
      case 'mail':
        await sendMail(endpoint, delivery, means);
        return;
      case 'command':
        await runCommand(endpoint, delivery, means.signal);
        return;
    }
  } catch (error) {
    if (error instanceof VaultError) throw new NotifyError('SECRET_UNREADABLE', `${endpoint.id}: ${error.message}`);
    throw error;
  }
}
