/**
 * A tool server as a child process: JSON-RPC, one message a line, over its standard input and output.
 *
 * The command is started without a shell and sees only the safe default environment and what was given. It leads
 * a process group of its own, so that stopping it stops everything it has started (`npx` starts a whole chain).
 */
import { spawn } from 'node:child_process';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { parseJSONRPCMessage } from '@modelcontextprotocol/client';
import type { Transport } from '@modelcontextprotocol/client';
import { getDefaultEnvironment } from '@modelcontextprotocol/client/stdio';
import type { Clock } from '../core/clock.ts';
import { AppError } from '../core/errors.ts';
import { createLineReader } from './line-reader.ts';
import type { StdioServerConfig } from './mcp-config.ts';

export interface StdioTransportOptions {
  readonly config: StdioServerConfig;
  readonly clock: Clock;
  readonly maxMessageBytes: number;
  /** A line of the server's standard error. */
  readonly onStderr: (line: string) => void;
}

/** How long a server may take to leave by itself after its input ends, and again after SIGTERM. */
const leaveMs = 1500;

export function createStdioTransport(options: StdioTransportOptions): Transport {
  const { config, clock } = options;
  let child: ChildProcessWithoutNullStreams | undefined;
  let isClosed = false;

  function reportClosed(): void {
    if (isClosed) return;
    isClosed = true;
    transport.onclose?.();
  }

  function readOutput(started: ChildProcessWithoutNullStreams): void {
    const out = createLineReader(options.maxMessageBytes);
    started.stdout.on('data', (chunk: Buffer) => {
      const lines = out.take(chunk);
      for (const line of lines ?? []) deliver(line);
      if (lines !== undefined) return;
      started.stdout.pause();
      transport.onerror?.(new Error(`A message is longer than ${String(options.maxMessageBytes)} bytes.`));
      void transport.close();
    });
    // A line of standard error beyond this length is nothing that anybody reads.
    const noise = createLineReader(64 * 1024);
    started.stderr.on('data', (chunk: Buffer) => {
      for (const line of noise.take(chunk) ?? []) options.onStderr(line);
    });
  }

  function deliver(line: string): void {
    if (line.trim() === '') return;
    try {
      transport.onmessage?.(parseJSONRPCMessage(JSON.parse(line)));
    } catch {
      transport.onerror?.(new Error('The server wrote a line that is no JSON-RPC message.'));
    }
  }

  const transport: Transport = {
    start() {
      return new Promise((resolve, reject) => {
        const started = spawn(config.command, [...config.args], {
          env: { ...getDefaultEnvironment(), ...config.env },
          ...(config.cwd === undefined ? {} : { cwd: config.cwd }),
          stdio: 'pipe',
          shell: false,
          windowsHide: true,
          detached: process.platform !== 'win32',
        });
        child = started;
        started.once('spawn', resolve);
        started.once('error', (cause) => {
          reject(
            new AppError(
              'tool-server.unreachable',
              `The command ${config.command} of tool server ${config.name} does not start; check "command" and "cwd".`,
              { cause },
            ),
          );
          transport.onerror?.(cause);
        });
        // What the leader has started must not outlive it, nor keep its pipes open.
        started.once('exit', () => {
          signalTree(started, 'SIGKILL');
        });
        started.once('close', reportClosed);
        started.stdin.on('error', (error) => transport.onerror?.(error));
        readOutput(started);
      });
    },
    send(message) {
      const stdin = child?.stdin;
      if (stdin?.writable !== true || isClosed) {
        return Promise.reject(
          new AppError('tool-server.unreachable', `Tool server ${config.name} is not running.`),
        );
      }
      return new Promise((resolve) => {
        if (stdin.write(`${JSON.stringify(message)}\n`)) resolve();
        else stdin.once('drain', resolve);
      });
    },
    async close() {
      const leaving = child;
      if (leaving === undefined || isClosed) {
        reportClosed();
        return;
      }
      const gone = new Promise<boolean>((resolve) => {
        leaving.once('close', () => {
          resolve(true);
        });
      });
      const isGone = (): Promise<boolean> =>
        Promise.race([
          gone,
          new Promise<boolean>((resolve) => {
            clock.after(leaveMs, () => {
              resolve(false);
            });
          }),
        ]);
      leaving.stdin.end();
      // A paused output would keep «close» from coming.
      leaving.stdout.resume();
      if (!(await isGone())) {
        signalTree(leaving, 'SIGTERM');
        if (!(await isGone())) {
          signalTree(leaving, 'SIGKILL');
          await isGone();
        }
      }
      reportClosed();
    },
  };
  return transport;
}

function signalTree(child: ChildProcessWithoutNullStreams, signal: 'SIGTERM' | 'SIGKILL'): void {
  if (child.pid === undefined) return;
  try {
    if (process.platform === 'win32') child.kill(signal);
    else process.kill(-child.pid, signal);
  } catch {
    // Nobody of that group is left.
  }
}
