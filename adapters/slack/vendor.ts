/** Slack's own client, loaded when the adapter starts and not before, so that a bot without Slack never pays for it. */
import type * as Bolt from '@slack/bolt';

export type SlackLibrary = typeof Bolt;

export async function loadSlack(): Promise<SlackLibrary> {
  // The package is CommonJS: all that it exports is the default of the import.
  const loaded: { readonly default?: unknown } = await import('@slack/bolt');
  const { default: main } = loaded;
  // Bolt's main export is the App class with everything else as its properties.
  return main as SlackLibrary;
}
