// @ts-check
/** Puts a reply on the wire, at the pace and with the accidents that were asked for. */
import { setTimeout as wait } from 'node:timers/promises';
import { Pace } from './pace.js';

/**
 * @typedef {import('./misbehaviour.js').Misbehaviour} Misbehaviour
 * @typedef {import('./reply.js').Reply} Reply
 *
 * @typedef {object} Sending
 * @property {Pace[]} paces                   limits that the body keeps
 * @property {(bytes: number) => void} onSent after every write that the system took
 * @property {() => void} beforeCut
 * @property {() => Promise<void>} stall      resolves when the host may go on
 * @property {(content: import('./content.js').Content) => void} become
 */

/**
 * @param {import('node:http').ServerResponse} response
 * @param {Reply} reply
 * @param {Misbehaviour} rule
 * @param {Sending} sending
 * @returns {Promise<'complete' | 'cut' | 'aborted'>}  aborted: the client went away
 */
export async function send(response, reply, rule, sending) {
  if (rule.framing === 'close') response.useChunkedEncodingByDefault = false;
  response.writeHead(reply.status, reply.headers);
  response.flushHeaders();
  const bodiless = response.req.method === 'HEAD' || reply.status === 204 || reply.status === 304;
  if (!bodiless && (await sendBody(response, reply, rule, sending)) === 'cut') return 'cut';
  if (response.destroyed) return 'aborted';

  const announced = reply.headers['content-length'];
  if (!bodiless && announced !== undefined && announced !== String(reply.end - reply.start)) {
    // Both sides no longer agree on where the next answer would begin.
    sending.beforeCut();
    response.socket?.destroy();
    return 'cut';
  }
  if (rule.brokenTrailer) {
    response.socket?.write('0\r\nno trailer\r\n\r\n');
    sending.beforeCut();
    response.socket?.end();
    return 'cut';
  }
  await new Promise((resolve) => {
    response.once('close', resolve);
    response.end(() => resolve(undefined));
  });
  return response.writableFinished ? 'complete' : 'aborted';
}

/**
 * @param {import('node:http').ServerResponse} response
 * @param {Reply} reply
 * @param {Misbehaviour} rule
 * @param {Sending} sending
 * @returns {Promise<'cut' | undefined>}
 */
async function sendBody(response, { content, start, end }, rule, { paces, onSent, beforeCut, stall, become }) {
  const limits = rule.bytesPerSecond === undefined ? paces : [...paces, new Pace(rule.bytesPerSecond)];
  const step = Math.min(rule.trickle?.bytes ?? Number.POSITIVE_INFINITY, ...limits.map((pace) => pace.step));
  const places = [rule.becomes?.at, rule.stallAt, rule.cutAt, rule.resetAt].filter((at) => at !== undefined);
  const stops = [...new Set(places)].filter((at) => start + at <= end).sort((a, b) => a - b);

  let source = content;
  let from = start;
  for (const stop of [...stops, end - start]) {
    for await (const chunk of source.read(from, start + stop)) {
      for (let at = 0; at < chunk.length; at += step) {
        const piece = chunk.subarray(at, at + step);
        for (const pace of limits) await pace.allow(piece.length);
        if (!(await write(response, piece))) return undefined;
        onSent(piece.length);
        if (rule.trickle !== undefined) await wait(rule.trickle.every);
      }
    }
    from = start + stop;
    if (rule.becomes?.at === stop) {
      become(rule.becomes.content);
      if (rule.becomes.inPlace) source = rule.becomes.content;
    }
    if (rule.stallAt === stop) await stall();
    if (rule.resetAt === stop || rule.cutAt === stop) {
      beforeCut();
      if (rule.resetAt === stop) response.socket?.resetAndDestroy();
      else response.socket?.destroy();
      return 'cut';
    }
  }
  return undefined;
}

/**
 * Resolves with true when the system has taken the bytes, with false when the connection is gone.
 * @param {import('node:http').ServerResponse} response
 * @param {Buffer} piece
 * @returns {Promise<boolean>}
 */
function write(response, piece) {
  if (response.destroyed) return Promise.resolve(false);
  return new Promise((resolve) => {
    const gone = () => resolve(false);
    response.once('close', gone);
    response.write(piece, (error) => {
      response.off('close', gone);
      resolve(error === undefined || error === null);
    });
  });
}
