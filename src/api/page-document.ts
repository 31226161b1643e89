/** The live page itself, before its scripts fill it. */
export const PAGE_DOCUMENT = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>callfate</title>
<link rel="icon" href="/page/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/page/style.css">
<script type="module" src="/page/app.js"></script>
</head>
<body>
<a class="skip" href="#main">Skip to the content</a>
<header>
<a class="brand" href="#/">callfate</a>
<nav aria-label="Views"><a href="#/">Now</a> <a href="#/search">Search</a> <a href="#/explain">Explain</a> <a href="#/health">Health</a> <a href="/runbooks">Runbooks</a></nav>
<form id="search-form" role="search">
<label class="unseen" for="search-box">Call-ID, number, reason or outcome</label>
<input id="search-box" type="search" maxlength="512" placeholder="Call-ID, number, reason" autocomplete="off" spellcheck="false">
<button type="submit">Find</button>
</form>
<p class="stream">Stream: <span id="status" role="status" data-state="connecting">connecting</span></p>
</header>
<p id="banner" role="alert" hidden></p>
<div id="notes" role="status"></div>
<main id="main" tabindex="-1"><noscript>The live page needs JavaScript. The same is told as JSON under /v1, see docs/api.md.</noscript></main>
<dialog id="token-dialog" aria-labelledby="token-title">
<form id="token-form" method="dialog">
<h2 id="token-title">Token</h2>
<p>callfate asks for the token of <code>http.token</code>. It stays in this tab and is forgotten with it.</p>
<p id="token-error" class="error" hidden>That was not the token.</p>
<label for="token-box">Token</label>
<input id="token-box" type="password" autocomplete="off" required>
<button type="submit">Go on</button>
</form>
</dialog>
</body>
</html>
`;

export const PAGE_ICON = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><rect width="16" height="16" rx="3" fill="#14505c"/><path d="M3 5h8M8 2.5 11 5 8 7.500M13 11H5m3-2.500L5 11l3 2.500" fill="none" stroke="#fff" stroke-width="1.600"/></svg>
`;
