// account.js: the pages that links of mails lead to. What the link is good for stands behind its "#", which no server and
// no log sees, and nothing happens before somebody presses the button: programs that look for harm open all links.
//
//   <main lang="de">                        is shown to who reads that language, the first one to who reads none of them
//   <form method="post" hidden data-post="/api/unsubscribe/{token}">
//                                           is shown where this runs; without it nothing that is written in a form gets
//                                           into an address, and so into a log. Posts its inputs as JSON, with the
//                                           token where the path has no place for it
//   <a data-href="/api/exports/{token}">    leads there
//   <p data-after="204">, <p data-after="404">    is shown when it was answered so; data-after="" for any other answer.
//                                           The form stays after that one, and after 400: what was written was not good
//   <span data-of="all" hidden>             is shown for a token that begins so; data-of="" for any other

const mains = [...document.querySelectorAll('main')];
const speaks = (language) => (main) => main.lang === language.slice(0, 2);
const shown = navigator.languages.map((language) => mains.find(speaks(language))).find(Boolean) ?? mains[0];
const form = shown.querySelector('form');
const token = location.hash.slice(1);
const of = token.startsWith('all.') ? 'all' : '';

mains.forEach((main) => { main.hidden = main !== shown; });
if (form)
	form.hidden = false;
shown.querySelectorAll('[data-href]').forEach((link) => {
	link.href = link.dataset.href.replace('{token}', encodeURIComponent(token));
});
shown.querySelectorAll('[data-of]').forEach((part) => { part.hidden = part.dataset.of !== of; });
document.documentElement.lang = shown.lang;
document.title = shown.querySelector('h1').innerText;

function show(status) {
	const ends = [...shown.querySelectorAll('[data-after]')];
	const found = ends.find((end) => end.dataset.after === String(status))
		?? ends.find((end) => end.dataset.after === '');

	ends.forEach((end) => { end.hidden = end !== found; });
	form.hidden = !['', '400'].includes(found.dataset.after);
}

async function post() {
	const path = form.dataset.post.replace('{token}', encodeURIComponent(token));
	const fields = Object.fromEntries(new FormData(form));
	const body = path === form.dataset.post ? { token, ...fields } : fields;
	const answer = await fetch(path, { method: 'POST', body: JSON.stringify(body), headers: {
		'Content-Type': 'application/json', 'Accept-Language': shown.lang } });

	return answer.status;
}

form?.addEventListener('submit', async (event) => {
	const button = form.querySelector('button');

	event.preventDefault();
	button.disabled = true;
	show(token === '' ? 404 : await post().catch(() => 0));
	button.disabled = false;
});
