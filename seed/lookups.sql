-- Lookups. Codes are for ever, the rest may change: running this again brings labels,
-- order and colours up to date. A code that went away stays for the rows that use it.

INSERT INTO residence_types (position, code, label) VALUES
	(1, 'house', 'House'),
	(2, 'apartment', 'Apartment'),
	(3, 'condo', 'Condominium'),
	(4, 'townhouse', 'Townhouse'),
	(5, 'duplex', 'Duplex'),
	(6, 'cottage', 'Cottage'),
	(7, 'cabin', 'Cabin'),
	(8, 'mobile_home', 'Mobile home'),
	(9, 'houseboat', 'Houseboat'),
	(10, 'other', 'Other')
ON CONFLICT (code) DO UPDATE SET position = excluded.position, label = excluded.label;

INSERT INTO task_categories (position, code, label, icon, color) VALUES
	(1, 'cleaning', 'Cleaning', 'broom', '#4f9da6'),
	(2, 'plumbing', 'Plumbing', 'faucet', '#2f6fb0'),
	(3, 'electrical', 'Electrical', 'bolt', '#d9a514'),
	(4, 'hvac', 'Heating and cooling', 'thermometer', '#c8553d'),
	(5, 'appliances', 'Appliances', 'washer', '#6b7a8f'),
	(6, 'safety', 'Safety', 'shield', '#b3261e'),
	(7, 'exterior', 'Exterior', 'roof', '#7a5c3e'),
	(8, 'interior', 'Interior', 'paint_roller', '#a05cb0'),
	(9, 'garden', 'Garden', 'leaf', '#4c8c4a'),
	(10, 'pest_control', 'Pest control', 'bug', '#5f6b2d'),
	(11, 'vehicles', 'Vehicles and garage', 'car', '#41597a'),
	(12, 'administration', 'Administration', 'folder', '#5a5a72'),
	(13, 'other', 'Other', 'dots', '#8a8a8a')
ON CONFLICT (code) DO UPDATE SET position = excluded.position, label = excluded.label,
	icon = excluded.icon, color = excluded.color;

INSERT INTO task_priorities (position, code, label, rank) VALUES
	(1, 'low', 'Low', 1),
	(2, 'medium', 'Medium', 2),
	(3, 'high', 'High', 3),
	(4, 'urgent', 'Urgent', 4)
ON CONFLICT (code) DO UPDATE SET position = excluded.position, label = excluded.label,
	rank = excluded.rank;

INSERT INTO task_states (position, code, label) VALUES
	(1, 'pending', 'To do'),
	(2, 'in_progress', 'In progress'),
	(3, 'cancelled', 'Cancelled')
ON CONFLICT (code) DO UPDATE SET position = excluded.position, label = excluded.label;

INSERT INTO residence_roles (position, code, label) VALUES
	(1, 'owner', 'Owner'),
	(2, 'manager', 'Manager'),
	(3, 'member', 'Member'),
	(4, 'viewer', 'Viewer')
ON CONFLICT (code) DO UPDATE SET position = excluded.position, label = excluded.label;

INSERT INTO document_types (position, code, label, icon) VALUES
	(1, 'warranty', 'Warranty', 'shield'),
	(2, 'manual', 'Manual', 'book'),
	(3, 'receipt', 'Receipt', 'receipt'),
	(4, 'invoice', 'Invoice', 'invoice'),
	(5, 'contract', 'Contract', 'handshake'),
	(6, 'insurance', 'Insurance', 'umbrella'),
	(7, 'permit', 'Permit', 'stamp'),
	(8, 'inspection', 'Inspection', 'clipboard'),
	(9, 'photo', 'Photo', 'camera'),
	(10, 'other', 'Other', 'dots')
ON CONFLICT (code) DO UPDATE SET position = excluded.position, label = excluded.label, icon = excluded.icon;
