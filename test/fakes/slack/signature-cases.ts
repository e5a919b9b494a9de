/**
 * Requests to the app's own address, genuine and forged, each with the verdict a correct check gives.
 *
 * The rule: HMAC-SHA256 over `v0:<timestamp>:<raw bytes>`, one signature, one timestamp of plain digits, at most
 * 300 s away in either direction; the same bytes a second time change nothing.
 */
import { request } from 'node:http';
import { createHmac } from 'node:crypto';
import { signatureOf } from './signed-requests.ts';

export interface SignatureCase {
  readonly name: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string;
  /** `once`: accepted, and without effect when the same bytes come again. */
  readonly expected: 'accepted' | 'refused' | 'once';
}

export interface SignatureCaseOptions {
  readonly secret: string;
  readonly now: Date;
  /** An event as JSON, different each time, so that nothing is refused as already seen. */
  body(index: number): string;
}

const json = 'application/json';
const form = 'application/x-www-form-urlencoded';

export function signatureCases({ secret, now, body }: SignatureCaseOptions): SignatureCase[] {
  const seconds = Math.floor(now.getTime() / 1000);
  const cases: SignatureCase[] = [];
  const fresh = (): string => body(cases.length);
  const asForm = (): string => new URLSearchParams({ payload: fresh() }).toString();

  const add = (
    name: string,
    expected: SignatureCase['expected'],
    text: string,
    headers: readonly (readonly [string, string])[],
    type = json,
  ): void => {
    cases.push({ name, expected, body: text, headers: [['content-type', type], ...headers] });
  };
  const signed = (text: string, timestamp = String(seconds), key = secret): [string, string][] => [
    ['x-slack-request-timestamp', timestamp],
    ['x-slack-signature', signatureOf(key, timestamp, text)],
  ];
  const genuine = (name: string, text: string, type = json, extra: [string, string][] = []): void =>
    add(name, 'accepted', text, [...signed(text), ...extra], type);
  /** A genuine body under a timestamp of one's own and a signature of one's own. */
  const forged = (
    name: string,
    change: (given: { text: string; timestamp: string; signature: string }) => [string, string][],
  ): void => {
    const text = fresh();
    const timestamp = String(seconds);
    add(name, 'refused', text, change({ text, timestamp, signature: signatureOf(secret, timestamp, text) }));
  };
  const withSignature = (name: string, change: (signature: string, text: string) => string): void =>
    forged(name, ({ text, timestamp, signature }) => [
      ['x-slack-request-timestamp', timestamp],
      ['x-slack-signature', change(signature, text)],
    ]);
  const withTimestamp = (name: string, timestamp: string): void =>
    forged(name, ({ text }) => signed(text, timestamp));

  genuine('a genuine event', fresh());
  genuine('a genuine event, charset named', fresh(), `${json}; charset=utf-8`);
  genuine('a genuine form', asForm(), form);
  genuine('a genuine form, charset named', asForm(), `${form}; charset=utf-8`);
  genuine('a genuine retry, signed anew', fresh(), json, [['x-slack-retry-num', '1']]);
  genuine('a genuine event with letters beyond ASCII', fresh().replace('}', ',"x":"Zoë 🦊"}'));
  const capital = fresh();
  const capitalHeaders = signed(capital).map(([name, value]): [string, string] => [
    name.toUpperCase(),
    value,
  ]);
  add('a genuine event, header names in capitals', 'accepted', capital, capitalHeaders);
  const late = fresh();
  add('a genuine event, 295 s old', 'accepted', late, signed(late, String(seconds - 295)));
  const early = fresh();
  add('a genuine event, 295 s ahead', 'accepted', early, signed(early, String(seconds + 295)));
  const replayed = fresh();
  add('a genuine event, replayed byte for byte', 'once', replayed, signed(replayed));

  const tampered = fresh();
  add('one byte changed', 'refused', tampered.replace('{', '{ '), signed(tampered));
  const longer = fresh();
  add('bytes appended', 'refused', `${longer}\n`, signed(longer));
  const emptied = fresh();
  add('the body taken away', 'refused', '', signed(emptied));
  forged('the timestamp changed after signing', ({ timestamp, signature }) => [
    ['x-slack-request-timestamp', String(Number(timestamp) + 1)],
    ['x-slack-signature', signature],
  ]);
  withTimestamp('306 s old', String(seconds - 306));
  withTimestamp('a day old', String(seconds - 86_400));
  withTimestamp('306 s ahead', String(seconds + 306));
  withTimestamp('an hour ahead', String(seconds + 3600));
  withTimestamp('no digits', 'yesterday');
  withTimestamp('an empty timestamp', '');
  withTimestamp('letters after the digits', `${String(seconds)}abc`);
  withTimestamp('a fraction', `${String(seconds)}.5`);
  withTimestamp('negative', `-${String(seconds)}`);
  withTimestamp('hexadecimal', `0x${seconds.toString(16)}`);
  withTimestamp('in milliseconds', String(seconds * 1000));
  forged('another secret', ({ text, timestamp }) => signed(text, timestamp, 'another-secret'));
  forged('an empty secret', ({ text, timestamp }) => signed(text, timestamp, ''));
  forged('no headers at all', () => []);
  forged('no signature', ({ timestamp }) => [['x-slack-request-timestamp', timestamp]]);
  forged('no timestamp', ({ signature }) => [['x-slack-signature', signature]]);
  withSignature('an empty signature', () => '');
  withSignature('version v1', (signature) => signature.replace('v0=', 'v1='));
  withSignature('no version', (signature) => signature.replace('v0=', ''));
  withSignature('cut short', (signature) => signature.slice(0, -2));
  withSignature('too long', (signature) => `${signature}00`);
  withSignature('not hexadecimal', (signature) => `v0=${'z'.repeat(signature.length - 3)}`);
  withSignature('all zeros', (signature) => `v0=${'0'.repeat(signature.length - 3)}`);
  withSignature('two in one header', (signature) => `${signature}, ${signature}`);
  withSignature('signed without the version', (_signature, text) => {
    const bare = createHmac('sha256', secret)
      .update(`${String(seconds)}:${text}`)
      .digest('hex');
    return `v0=${bare}`;
  });
  forged('a forged signature after the genuine one', ({ text, timestamp }) => [
    ...signed(text, timestamp),
    ['x-slack-signature', `v0=${'0'.repeat(64)}`],
  ]);
  forged('a forged signature before the genuine one', ({ text, timestamp }) => [
    ['x-slack-signature', `v0=${'0'.repeat(64)}`],
    ...signed(text, timestamp),
  ]);
  forged('two timestamps', ({ text, timestamp }) => [
    ['x-slack-request-timestamp', String(Number(timestamp) - 4000)],
    ...signed(text, timestamp),
  ]);
  return cases;
}

/** Sends the bytes as they are, repeated headers included; resolves with the status. */
export function sendSignatureCase(url: string, one: SignatureCase): Promise<number> {
  const body = Buffer.from(one.body);
  const headers = [...one.headers, ['content-length', String(body.length)]].flat();
  return new Promise((resolve, reject) => {
    const sent = request(
      url,
      { method: 'POST', headers: ['host', new URL(url).host, ...headers], agent: false },
      (response) => {
        response.resume();
        response.on('end', () => resolve(response.statusCode ?? 0));
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
}
