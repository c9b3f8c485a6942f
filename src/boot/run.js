// Starts the web app, or says why it cannot start.

const ADVICE = {
  old: [
    'This browser cannot run P2P Live: it has no WebAssembly. Please use a recent Firefox, ' +
      'Chrome, Edge or Safari.',
    '此浏览器无法运行 P2P Live：不支持 WebAssembly。请使用新版 Firefox、Chrome、Edge 或 Safari。',
  ],
  load: [
    'P2P Live could not be loaded. Please check your connection and reload the page.',
    'P2P Live 未能加载。请检查网络连接，然后重新加载页面。',
  ],
  crash: [
    'P2P Live has stopped because of a mistake in its program. Please reload the page.',
    'P2P Live 因程序错误已停止运行。请重新加载页面。',
  ],
};

function fail([english, chinese], detail) {
  const box = document.getElementById('boot-error');
  const lines = [[english, 'en'], [chinese, 'zh']];
  if (document.documentElement.lang.startsWith('zh')) lines.reverse();
  box.replaceChildren(...lines.map(([text, lang]) => {
    const line = document.createElement('p');
    line.lang = lang;
    line.textContent = text;
    return line;
  }));
  if (detail) {
    const line = document.createElement('pre');
    line.textContent = detail;
    box.append(line);
  }
  box.hidden = false;
}

// After a panic the wasm's memory is not to be trusted, and nothing on the page would answer.
function watch(error) {
  if (error instanceof WebAssembly.RuntimeError) fail(ADVICE.crash, String(error));
}

/** Runs `start`, which loads the app and starts it. */
export async function run(start) {
  if (typeof WebAssembly !== 'object') {
    fail(ADVICE.old);
    return;
  }
  addEventListener('error', (event) => watch(event.error));
  addEventListener('unhandledrejection', (event) => watch(event.reason));
  try {
    await start();
  } catch (error) {
    fail(error instanceof WebAssembly.RuntimeError ? ADVICE.crash : ADVICE.load, String(error));
  }
}
