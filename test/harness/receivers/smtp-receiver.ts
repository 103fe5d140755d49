import { type AddressInfo, createServer, type Socket } from 'node:net';
import PostalMime, { type Email } from 'postal-mime';
import { SMTPServer } from 'smtp-server';
import { createJournal } from './journal.ts';

export interface ReceivedMail {
  /** The envelope's sender and those recipients that were accepted. */
  readonly from: string;
  readonly to: readonly string[];
  readonly raw: string;
  readonly mail: Email;
  /** The value of a header, unfolded; undefined when absent. */
  header(name: string): string | undefined;
}

export interface SmtpReceiver {
  /** `smtp://user:password@127.0.0.1:port`, without TLS. */
  readonly url: string;
  readonly port: number;
  readonly mails: readonly ReceivedMail[];
  waitForMail(predicate?: (mail: ReceivedMail) => boolean): Promise<ReceivedMail>;
  waitForCount(count: number): Promise<readonly ReceivedMail[]>;
  close(): Promise<void>;
}

/** A reply of a mail server, as `550` and what follows it. */
export interface SmtpReply {
  readonly code: number;
  readonly text: string;
}

export interface SmtpReceiverOptions {
  readonly user?: string;
  readonly password?: string;
  /** What to say to a recipient; null accepts. */
  readonly onRecipient?: (address: string) => SmtpReply | null;
  /** What to say to a sender; null accepts. */
  readonly onSender?: (address: string) => SmtpReply | null;
  /** What to say after the whole mail; null accepts. */
  readonly onMail?: (mail: ReceivedMail) => SmtpReply | null;
}

/** A real SMTP server on loopback that refuses whom it is told to and parses what it takes. */
export async function startSmtpReceiver(options: SmtpReceiverOptions = {}): Promise<SmtpReceiver> {
  const journal = createJournal<ReceivedMail>('mail');
  const { user = 'watchman', password = 'lantern-password' } = options;
  const server = new SMTPServer({
    disabledCommands: ['STARTTLS'],
    authOptional: true,
    logger: false,
    closeTimeout: 100,
    onAuth: (auth, _session, done) =>
      auth.username === user && auth.password === password
        ? done(null, { user })
        : done(refusal({ code: 535, text: '5.7.8 Authentication failed' })),
    onMailFrom: (address, _session, done) => done(refusal(options.onSender?.(address.address) ?? null)),
    onRcptTo: (address, _session, done) => done(refusal(options.onRecipient?.(address.address) ?? null)),
    onData(stream, session, done) {
      const from = session.envelope.mailFrom === false ? '' : session.envelope.mailFrom.address;
      const to = session.envelope.rcptTo.map((one) => one.address);
      readMail(stream, from, to).then(
        (mail) => {
          const reply = options.onMail?.(mail) ?? null;
          if (reply === null) journal.add(mail);
          done(refusal(reply), '2.0.0 queued as 4711');
        },
        (error: Error) => done(error),
      );
    },
  });
  // Clients that hang up in the middle are part of the game.
  server.on('error', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.server.address() as AddressInfo;
  return {
    url: `smtp://${encodeURIComponent(user)}:${encodeURIComponent(password)}@127.0.0.1:${port}`,
    port,
    mails: journal.entries,
    waitForMail: (predicate) => journal.waitFor(predicate),
    waitForCount: (count) => journal.waitForCount(count),
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

function refusal(reply: SmtpReply | null): Error | null {
  return reply === null ? null : Object.assign(new Error(reply.text), { responseCode: reply.code });
}

async function readMail(stream: AsyncIterable<Buffer>, from: string, to: readonly string[]): Promise<ReceivedMail> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  const raw = Buffer.concat(chunks);
  const mail = await PostalMime.parse(raw);
  const header = (name: string) => mail.headers.find((one) => one.key === name.toLowerCase())?.value;
  return { from, to, raw: raw.toString('utf8'), mail, header };
}

/**
 * How a mail server can misbehave: say nothing at all, close the connection once it has the mail, or greet for ever.
 */
export type SmtpMisbehaviour = 'mute' | 'cut' | 'endless';

export interface OddSmtpServer {
  readonly url: string;
  /** Resolves once somebody connected. */
  readonly waitForConnection: () => Promise<unknown>;
  readonly bytesSent: () => number;
  close(): Promise<void>;
}

/** A server that speaks just enough SMTP to go wrong in the given way. */
export async function startOddSmtpServer(misbehaviour: SmtpMisbehaviour): Promise<OddSmtpServer> {
  const connections = createJournal<true>('connection');
  const sockets = new Set<Socket>();
  let bytesSent = 0;
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy()).on('close', () => sockets.delete(socket));
    connections.add(true);
    if (misbehaviour === 'cut') converse(socket);
    else socket.resume();
    if (misbehaviour === 'endless') greetForever(socket, (bytes) => (bytesSent += bytes));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `smtp://127.0.0.1:${(server.address() as AddressInfo).port}`,
    waitForConnection: () => connections.waitFor(),
    bytesSent: () => bytesSent,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** Takes a mail politely and then hangs up instead of saying whether it has it. */
function converse(socket: Socket): void {
  let isReadingMail = false;
  let rest = '';
  socket.write('220 odd ESMTP\r\n');
  socket.on('data', (chunk) => {
    rest += chunk.toString('latin1');
    for (let end = rest.indexOf('\r\n'); end >= 0; end = rest.indexOf('\r\n')) {
      const line = rest.slice(0, end);
      rest = rest.slice(end + 2);
      if (isReadingMail) {
        if (line === '.') socket.destroy();
      } else {
        isReadingMail = line === 'DATA';
        socket.write(isReadingMail ? '354 go ahead\r\n' : '250 fine\r\n');
      }
    }
  });
}

function greetForever(socket: Socket, count: (bytes: number) => void): void {
  const line = '220-welcome, and welcome again\r\n';
  if (socket.destroyed) return;
  count(line.length);
  const goOn = () => setImmediate(() => greetForever(socket, count));
  if (socket.write(line)) goOn();
  else socket.once('drain', goOn);
}
