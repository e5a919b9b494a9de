/** `countersign mcp`: what an agent starts to get its approvals from people in the channels. */
import { AppError } from '../core/errors.ts';
import { readSetup } from './command-setup.ts';

export async function serveMcp(options: { readonly url?: string }): Promise<void> {
  const { config } = readSetup();
  const token = config.environment['COUNTERSIGN_TOKEN'];
  if (token === undefined || token === '')
    throw new AppError(
      'config.invalid',
      'COUNTERSIGN_TOKEN is not set. Set it to the token of the person in whose name the agent asks: countersign people token <id>.',
    );
  const url = options.url ?? config.publicUrl ?? `http://127.0.0.1:${String(config.port)}`;
  if (!URL.canParse(url))
    throw new AppError('config.invalid', `--url ${url} is not a web address. Write http://127.0.0.1:8787.`);
  const { bridgeStdio } = await import('./mcp-bridge.ts');
  bridgeStdio({ url, token });
}
