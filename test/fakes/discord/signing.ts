/** Signed interactions over HTTP, as the platform sends them, and as others try to. */
import { generateKeyPairSync, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';

export interface SignedRequest {
  readonly headers: Readonly<Record<string, string>>;
  readonly rawBody: Buffer;
}

export interface Signer {
  /** Hex, as the application's page shows it. */
  readonly publicKey: string;
  sign(payload: object, atMs?: number): SignedRequest;
  /** Over these very bytes, whatever they are. */
  signatureOf(bytes: Buffer): string;
}

export function createSigner(): Signer {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const der = publicKey.export({ format: 'der', type: 'spki' });
  return {
    publicKey: der.subarray(-32).toString('hex'),
    sign: (payload, atMs = Date.now()) => signWith(privateKey, payload, atMs),
    signatureOf: (bytes) => sign(null, bytes, privateKey).toString('hex'),
  };
}

function signWith(key: KeyObject, payload: object, atMs: number): SignedRequest {
  const rawBody = Buffer.from(JSON.stringify(payload), 'utf8');
  const timestamp = String(Math.floor(atMs / 1_000));
  const signature = sign(null, Buffer.concat([Buffer.from(timestamp), rawBody]), key).toString('hex');
  return {
    headers: {
      'x-signature-ed25519': signature,
      'x-signature-timestamp': timestamp,
      'content-type': 'application/json',
    },
    rawBody,
  };
}

export interface Vector {
  readonly name: string;
  readonly request: SignedRequest;
  readonly status: number;
}

/** Every way to be refused, and the ones that are not. */
export function signatureVectors(signer: Signer, payload: object, nowMs = Date.now()): readonly Vector[] {
  const good = signer.sign(payload, nowMs);
  const header = (name: string, value: string | undefined): SignedRequest => {
    const { [name]: _old, ...rest } = good.headers;
    return { ...good, headers: value === undefined ? rest : { ...rest, [name]: value } };
  };
  const flipped = `${good.headers['x-signature-ed25519']?.startsWith('0') === true ? '1' : '0'}${good.headers['x-signature-ed25519']?.slice(1) ?? ''}`;
  const genuine = good.headers['x-signature-ed25519'] ?? '';
  /** Well signed, under a timestamp that is none. */
  const timed = (timestamp: string): SignedRequest => ({
    ...good,
    headers: {
      ...good.headers,
      'x-signature-timestamp': timestamp,
      'x-signature-ed25519': signer.signatureOf(Buffer.concat([Buffer.from(timestamp), good.rawBody])),
    },
  });
  const signedOver = (bytes: Buffer): SignedRequest =>
    header('x-signature-ed25519', signer.signatureOf(bytes));
  const seconds = good.headers['x-signature-timestamp'] ?? '';
  return [
    { name: 'good', request: good, status: 200 },
    { name: 'replayed', request: good, status: 200 },
    { name: '295 s old', request: signer.sign(payload, nowMs - 295_000), status: 200 },
    { name: '290 s ahead', request: signer.sign(payload, nowMs + 290_000), status: 200 },
    { name: 'a ping', request: signer.sign({ type: 1 }, nowMs), status: 200 },
    {
      name: 'tampered body',
      request: { ...good, rawBody: Buffer.concat([good.rawBody, Buffer.from(' ')]) },
      status: 401,
    },
    { name: 'tampered signature', request: header('x-signature-ed25519', flipped), status: 401 },
    {
      name: 'tampered timestamp',
      request: header('x-signature-timestamp', String(Math.floor(nowMs / 1_000) - 1)),
      status: 401,
    },
    { name: 'stale', request: signer.sign(payload, nowMs - 301_000), status: 401 },
    { name: 'from the future', request: signer.sign(payload, nowMs + 330_000), status: 401 },
    { name: 'another key', request: createSigner().sign(payload, nowMs), status: 401 },
    { name: 'no signature', request: header('x-signature-ed25519', undefined), status: 401 },
    { name: 'no timestamp', request: header('x-signature-timestamp', undefined), status: 401 },
    { name: 'a short signature', request: header('x-signature-ed25519', 'abcd'), status: 401 },
    { name: 'a timestamp in words', request: header('x-signature-timestamp', 'now'), status: 401 },
    { name: 'an empty signature', request: header('x-signature-ed25519', ''), status: 401 },
    { name: 'an empty timestamp', request: header('x-signature-timestamp', ''), status: 401 },
    { name: 'a signature of zeros', request: header('x-signature-ed25519', '0'.repeat(128)), status: 401 },
    { name: 'a byte too few', request: header('x-signature-ed25519', genuine.slice(0, 126)), status: 401 },
    { name: 'a byte too many', request: header('x-signature-ed25519', `${genuine}00`), status: 401 },
    {
      name: 'letters that are no digits',
      request: header('x-signature-ed25519', 'z'.repeat(128)),
      status: 401,
    },
    { name: 'two signatures', request: header('x-signature-ed25519', `${genuine}, ${genuine}`), status: 401 },
    { name: 'signed without its timestamp', request: signedOver(good.rawBody), status: 401 },
    { name: 'signed without its body', request: signedOver(Buffer.from(seconds)), status: 401 },
    {
      name: 'signed the other way round',
      request: signedOver(Buffer.concat([good.rawBody, Buffer.from(seconds)])),
      status: 401,
    },
    { name: 'no body', request: { ...good, rawBody: Buffer.alloc(0) }, status: 401 },
    {
      name: 'another body',
      request: { ...good, rawBody: signer.sign({ type: 1 }, nowMs).rawBody },
      status: 401,
    },
    { name: 'a timestamp with a plus', request: timed(`+${seconds}`), status: 401 },
    { name: 'a timestamp with a fraction', request: timed(`${seconds}.5`), status: 401 },
    { name: 'a timestamp in milliseconds', request: timed(String(nowMs)), status: 401 },
    { name: 'a timestamp in hexadecimal', request: timed(`0x${Number(seconds).toString(16)}`), status: 401 },
    { name: 'a timestamp before the epoch', request: timed(`-${seconds}`), status: 401 },
    { name: 'an unsigned ping', request: { headers: {}, rawBody: Buffer.from('{"type":1}') }, status: 401 },
  ];
}
