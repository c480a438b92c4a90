// layout.jsx: what stands around each page: the bar, the menu, and the questions that may come at any time.
import { AppBar, Layout, TitlePortal } from 'react-admin';

import { Idle } from './idle.jsx';
import { PanelMenu } from './menu.jsx';
import { Questions } from './questions.jsx';
import { SearchPlace } from './search.jsx';

const Bar = () => (
	<AppBar color="secondary" alwaysOn>
		<TitlePortal component="h1" />
		<SearchPlace />
	</AppBar>
);

export const PanelLayout = ({ children }) => (
	<Layout appBar={Bar} menu={PanelMenu}>
		{children}
		<Questions />
		<Idle />
	</Layout>
);
