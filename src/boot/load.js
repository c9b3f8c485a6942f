// Loads the app and starts it. Shows how far it is, and what went wrong.

const WORDS = {
  en: {
    loading: 'Loading P2P Live…',
    slow: 'This takes longer than usual. Please wait, or reload the page.',
    load: 'P2P Live could not be loaded. Please check your connection and reload the page.',
    old: 'This browser cannot run P2P Live: it has no WebAssembly. Please use a recent Firefox, Chrome, Edge or Safari.',
    crash: 'P2P Live has stopped because of a mistake in its program. Please reload the page.',
    reload: 'Reload the page',
  },
  zh: {
    loading: '正在加载 P2P Live…',
    slow: '加载时间比平时长。请稍候，或重新加载页面。',
    load: 'P2P Live 未能加载。请检查网络连接，然后重新加载页面。',
    old: '此浏览器无法运行 P2P Live：不支持 WebAssembly。请使用新版 Firefox、Chrome、Edge 或 Safari。',
    crash: 'P2P Live 因程序错误已停止运行。请重新加载页面。',
    reload: '重新加载页面',
  },
  de: {
    loading: 'P2P Live wird geladen …',
    slow: 'Es dauert länger als sonst. Warte noch etwas oder lade die Seite neu.',
    load: 'P2P Live konnte nicht geladen werden. Prüf die Verbindung und lade die Seite neu.',
    old: 'In diesem Browser läuft P2P Live nicht: Er hat kein WebAssembly. Nimm einen neueren Firefox, Chrome, Edge oder Safari.',
    crash: 'P2P Live ist wegen eines Programmfehlers stehen geblieben. Lade die Seite neu.',
    reload: 'Seite neu laden',
  },
  es: {
    loading: 'Cargando P2P Live…',
    slow: 'Tarda más de lo habitual. Espera un poco o recarga la página.',
    load: 'No se ha podido cargar P2P Live. Comprueba la conexión y recarga la página.',
    old: 'Este navegador no puede ejecutar P2P Live: no tiene WebAssembly. Usa una versión reciente de Firefox, Chrome, Edge o Safari.',
    crash: 'P2P Live se ha detenido por un error del programa. Recarga la página.',
    reload: 'Recargar la página',
  },
  fr: {
    loading: 'Chargement de P2P Live…',
    slow: 'C’est plus long que d’habitude. Patientez ou rechargez la page.',
    load: 'P2P Live n’a pas pu être chargé. Vérifiez la connexion et rechargez la page.',
    old: 'Ce navigateur ne peut pas exécuter P2P Live : il n’a pas WebAssembly. Utilisez une version récente de Firefox, Chrome, Edge ou Safari.',
    crash: 'P2P Live s’est arrêté à cause d’une erreur du programme. Rechargez la page.',
    reload: 'Recharger la page',
  },
  ja: {
    loading: 'P2P Live を読み込み中…',
    slow: 'いつもより時間がかかっています。しばらく待つか、ページを再読み込みしてください。',
    load: 'P2P Live を読み込めませんでした。接続を確かめて、ページを再読み込みしてください。',
    old: 'このブラウザーには WebAssembly がないため、P2P Live は動きません。新しい Firefox、Chrome、Edge、Safari を使ってください。',
    crash: 'プログラムの誤りで P2P Live が停止しました。ページを再読み込みしてください。',
    reload: 'ページを再読み込み',
  },
  pt: {
    loading: 'Carregando o P2P Live…',
    slow: 'Está demorando mais do que o normal. Aguarde ou recarregue a página.',
    load: 'Não foi possível carregar o P2P Live. Verifique a conexão e recarregue a página.',
    old: 'Este navegador não consegue executar o P2P Live: ele não tem WebAssembly. Use uma versão recente do Firefox, Chrome, Edge ou Safari.',
    crash: 'O P2P Live parou por um erro do programa. Recarregue a página.',
    reload: 'Recarregar a página',
  },
};

/** How long no byte may come before the page says that it is slow. */
const SLOW_MILLIS = 10_000;

/** As the app chooses it: by the address, as chosen before, by the browser. */
function language() {
  const site = new URL(document.baseURI).pathname;
  const wanted = [
    location.pathname.slice(site.length).split('/')[0],
    new URLSearchParams(location.search).get('lang'),
    stored(),
    ...navigator.languages,
  ];
  const tags = wanted.map((tag) => tag?.split(/[-_]/)[0].toLowerCase());
  return tags.find((tag) => Object.hasOwn(WORDS, tag)) ?? 'en';
}

function stored() {
  try {
    return JSON.parse(localStorage.getItem('p2p-live/1/language'));
  } catch {
    return null; // Nothing may be stored here, or something else wrote this.
  }
}

const own = language();
const page = document.getElementById('boot-page');
const status = document.getElementById('boot');
const bar = status.querySelector('progress');

function progress(share) {
  if (share === undefined) bar.removeAttribute('value');
  else bar.value = Math.min(share, 1);
}

function element(tag, text, lang) {
  const made = document.createElement(tag);
  made.textContent = text;
  if (lang) made.lang = lang;
  return made;
}

function reloadButton() {
  const button = element('button', WORDS[own].reload, own);
  button.type = 'button';
  button.addEventListener('click', () => location.reload());
  return button;
}

/** Says what went wrong, in English, too, and offers to reload the page. The first cause stays. */
function fail(what, detail) {
  status.remove();
  const box = document.getElementById('boot-error');
  if (!box.hidden) return;
  const tags = own === 'en' ? ['en'] : [own, 'en'];
  box.replaceChildren(...tags.map((tag) => element('p', WORDS[tag][what], tag)));
  if (detail) box.append(element('pre', detail));
  box.append(reloadButton());
  box.hidden = false;
}

/** After a panic the wasm's memory is not to be trusted, and nothing on the page would answer. */
function watchPanics() {
  const isPanic = (error) => error instanceof WebAssembly.RuntimeError;
  addEventListener('p2p-live-panic', ({ detail }) => fail('crash', detail));
  addEventListener('error', ({ error }) => isPanic(error) && fail('crash', String(error)));
  addEventListener('unhandledrejection', ({ reason }) => {
    if (isPanic(reason)) fail('crash', String(reason));
  });
}

/** The app's first element takes the place of the words that say that it is loading. */
function leaveWithApp() {
  new MutationObserver((_, observer) => {
    if (!document.querySelector('.app')) return;
    page.remove();
    observer.disconnect();
  }).observe(document.body, { childList: true });
}

/** Runs `start`, which loads the app and starts it. */
export async function run(start) {
  status.lang = own;
  status.querySelector('p').textContent = WORDS[own].loading;
  if (typeof WebAssembly !== 'object') {
    fail('old');
    return;
  }
  watchPanics();
  leaveWithApp();
  try {
    await start();
  } catch (error) {
    fail(error instanceof WebAssembly.RuntimeError ? 'crash' : 'load', String(error));
  }
}

/** Fetches the wasm and counts what comes. `size` is that of the file before it is compressed. */
async function fetchWasm(url, size) {
  let slow;
  const wait = () => {
    clearTimeout(slow);
    slow = setTimeout(() => {
      status.querySelector('p').textContent = WORDS[own].slow;
      if (!status.querySelector('button')) status.append(reloadButton());
    }, SLOW_MILLIS);
  };
  wait();
  try {
    const response = await fetch(url);
    if (!response.ok) throw new Error(`${url}: ${response.status} ${response.statusText}`);
    let received = 0;
    const counter = new TransformStream({
      transform(chunk, stream) {
        received += chunk.length;
        progress(size > 0 ? received / size : undefined);
        wait();
        stream.enqueue(chunk);
      },
      flush: () => clearTimeout(slow),
    });
    return new Response(response.body.pipeThrough(counter), {
      headers: { 'content-type': 'application/wasm' },
    });
  } catch (error) {
    clearTimeout(slow);
    throw error;
  }
}

const script = document.querySelector('script[data-app]');
if (script) {
  // Trunk and its hook write the addresses; preload links fetch both files already.
  const address = (name) => new URL(script.dataset[name], document.baseURI).href;
  run(async () => {
    const wasm = fetchWasm(address('wasm'), Number(script.dataset.size));
    // Handled below; the glue's own failure may come first.
    wasm.catch(() => {});
    const app = await import(address('app'));
    await app.default({ module_or_path: await wasm });
  });
}
