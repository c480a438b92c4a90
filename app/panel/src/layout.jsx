// layout.jsx: what stands around each page: the bar, the menu, and the questions that may come at any time.
import { useEffect } from 'react';
import {
	AppBar,
	Layout,
	LoadingIndicator,
	Logout,
	TitlePortal,
	ToggleThemeButton,
	UserMenu,
	useLocales,
	useLocaleState,
	useUserMenu,
} from 'react-admin';
import { MenuItem } from '@mui/material';

import { Idle } from './idle.jsx';
import { PanelMenu } from './menu.jsx';
import { ModeStrip } from './mode.jsx';
import { Questions } from './questions.jsx';
import { SearchPlace } from './search.jsx';

/** The menu says by `autoFocus` and `tabIndex` that its first item gets the focus. */
function Languages({ autoFocus, tabIndex }) {
	const [locale, setLocale] = useLocaleState();
	const { onClose } = useUserMenu();
	const choose = (chosen) => {
		setLocale(chosen);
		onClose();
	};

	return useLocales().map(({ locale: one, name }, i) => (
		<MenuItem
			key={one}
			lang={one}
			selected={one === locale}
			onClick={() => choose(one)}
			{...(i === 0 ? { autoFocus, tabIndex } : {})}
		>
			{name}
		</MenuItem>
	));
}

const Person = () => (
	<UserMenu>
		<Languages />
		<Logout />
	</UserMenu>
);
const Tools = () => (
	<>
		<ToggleThemeButton />
		<LoadingIndicator />
	</>
);

const Bar = () => (
	<AppBar color="secondary" alwaysOn toolbar={<Tools />} userMenu={<Person />}>
		<TitlePortal component="h1" />
		<SearchPlace />
	</AppBar>
);

/** The tab is called as the page is. */
function TabTitle() {
	useEffect(() => {
		const heading = document.getElementById('react-admin-title');
		const name = () => {
			document.title = [heading.innerText, 'Hob'].filter(Boolean).join(' · ');
		};
		const watch = new MutationObserver(name);

		name();
		watch.observe(heading, { childList: true, subtree: true, characterData: true });
		return () => watch.disconnect();
	}, []);
	return null;
}

export const PanelLayout = ({ children }) => (
	<Layout appBar={Bar} menu={PanelMenu}>
		<ModeStrip />
		{children}
		<TabTitle />
		<Questions />
		<Idle />
	</Layout>
);
