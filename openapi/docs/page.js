for (const origin of document.querySelectorAll('.origin')) origin.textContent = location.origin;

for (const button of document.querySelectorAll('figure button')) {
	button.hidden = navigator.clipboard === undefined;
	button.addEventListener('click', () => {
		const { textContent } = button.parentElement.querySelector('code');
		navigator.clipboard.writeText(textContent).then(
			() => say(button, 'Copied'),
			() => say(button, 'Not copied'),
		);
	});
}

function say(button, text) {
	button.textContent = text;
	setTimeout(() => {
		button.textContent = 'Copy';
	}, 2000);
}

const label = document.querySelector('nav label');
const status = document.querySelector('nav [role=status]');
const articles = [...document.querySelectorAll('article[data-find]')];
label.hidden = false;
label.querySelector('input').addEventListener('input', ({ target }) => {
	const words = target.value.toLowerCase().split(/\s+/);
	for (const article of articles) {
		article.hidden = !words.every((word) => article.dataset.find.includes(word));
		document.querySelector(`nav a[href="#${article.id}"]`).parentElement.hidden = article.hidden;
	}
	const found = articles.filter((article) => !article.hidden).length;
	status.textContent = target.value === '' ? '' : `${found} of ${articles.length} operations`;
});
