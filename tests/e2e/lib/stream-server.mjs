// A stream server: SRS's API, WHEP and WHIP as SRS has them, in front of a page that sends what an
// encoder would, and plays what is published. A stream that nobody sends is answered all the same,
// as SRS does.
import { once } from 'node:events';
import { createServer } from 'node:http';

const CORS = {
  'Access-Control-Allow-Origin': '*',
  'Access-Control-Allow-Headers': '*',
  'Access-Control-Allow-Methods': '*',
  'Access-Control-Expose-Headers': 'Location',
};

/**
 * Starts one whose pictures come from `page`.
 * WHIP takes the token `right` only; what is published plays in the page's `player`.
 * @returns {Promise<{host: string, asked: string[], begin: () => Promise<void>,
 *   stop: () => Promise<void>}>} `asked` lists the requests; nothing is sent before `begin`
 */
export async function startStreamServer(page) {
  await page.evaluate(encoder);
  const asked = [];
  const server = createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks).toString();
    const { pathname } = new URL(request.url, 'http://localhost');
    const answer = (status, headers, text = '') =>
      response.writeHead(status, { ...CORS, ...headers }).end(text);
    if (request.method === 'OPTIONS') return answer(204, {});
    asked.push(`${request.method} ${request.url}`);
    if (request.method === 'DELETE') return answer(200, {});
    if (pathname === '/rtc/v1/whep/') {
      const sdp = await page.evaluate((offer) => window.answer(offer), body);
      return answer(201, { 'Content-Type': 'application/sdp', Location: 'session/1' }, sdp);
    }
    if (pathname === '/rtc/v1/whip/') {
      if (request.headers.authorization !== 'Bearer right') return answer(401, {});
      const sdp = await page.evaluate((offer) => window.take(offer), body);
      return answer(201, { 'Content-Type': 'application/sdp', Location: '/rtc/v1/whip/session/2' }, sdp);
    }
    if (pathname === '/rtc/v1/play/') {
      const { streamurl, sdp: offer } = JSON.parse(body);
      asked.push(streamurl);
      const sdp = await page.evaluate((offer) => window.answer(offer), offer);
      return answer(200, { 'Content-Type': 'application/json' },
        JSON.stringify({ code: 0, server: 'vid-1', sdp, sessionid: 'x' }));
    }
    return answer(404, {});
  }).listen(0, 'localhost');
  await once(server, 'listening');
  return {
    host: `localhost:${server.address().port}`,
    asked,
    begin: () => page.evaluate(() => window.begin()),
    stop: () => new Promise((resolve) => {
      server.close(resolve);
      server.closeAllConnections();
    }),
  };
}

/** Runs in the page: answers offers; sends to all who ask once it has begun, and plays what comes. */
function encoder() {
  const canvas = document.createElement('canvas');
  const context = canvas.getContext('2d');
  setInterval(() => {
    context.fillStyle = `hsl(${(performance.now() / 10) % 360}, 90%, 50%)`;
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.fillStyle = 'white';
    context.fillRect(0, 0, canvas.width / 2, canvas.height / 2);
  }, 50);
  const [track] = canvas.captureStream(20).getTracks();
  const senders = [];
  let sends = false;
  window.begin = () => {
    sends = true;
    for (const sender of senders) sender.replaceTrack(track);
  };
  window.answer = async (sdp) => {
    const connection = new RTCPeerConnection();
    await connection.setRemoteDescription({ type: 'offer', sdp });
    for (const transceiver of connection.getTransceivers()) {
      transceiver.direction = 'sendonly';
      if (transceiver.receiver.track.kind === 'video') senders.push(transceiver.sender);
    }
    const answer = await describe(connection);
    if (sends) window.begin();
    return answer;
  };
  window.take = async (sdp) => {
    const connection = new RTCPeerConnection();
    await connection.setRemoteDescription({ type: 'offer', sdp });
    const player = document.body.appendChild(document.createElement('video'));
    player.dataset.testid = 'player';
    player.muted = true;
    player.autoplay = true;
    player.srcObject = new MediaStream(connection.getReceivers().map(({ track }) => track));
    return describe(connection);
  };
  async function describe(connection) {
    await connection.setLocalDescription();
    while (connection.iceGatheringState !== 'complete') {
      await new Promise((resolve) => { setTimeout(resolve, 20); });
    }
    return connection.localDescription.sdp;
  }
}
