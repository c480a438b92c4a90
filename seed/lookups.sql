-- Lookups. Codes are for ever, the rest may change: running this again brings labels,
-- order and colours up to date. A code that went away stays for the rows that use it, and
-- what staff have changed or deleted stays as they want it (hob.is_edited): nobody of them writes meanwhile.

LOCK TABLE task_categories, task_priorities, specialties IN SHARE ROW EXCLUSIVE MODE;

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

INSERT INTO task_categories (position, code, label, icon, color)
SELECT v.* FROM (VALUES
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
) v (position, code, label, icon, color) WHERE NOT hob.is_edited('task_categories', v.code)
ON CONFLICT (code) DO UPDATE SET position = excluded.position, label = excluded.label,
	icon = excluded.icon, color = excluded.color;

INSERT INTO task_priorities (position, code, label, rank)
SELECT v.* FROM (VALUES
	(1, 'low', 'Low', 1),
	(2, 'medium', 'Medium', 2),
	(3, 'high', 'High', 3),
	(4, 'urgent', 'Urgent', 4)
) v (position, code, label, rank) WHERE NOT hob.is_edited('task_priorities', v.code)
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

INSERT INTO specialties (position, code, label, icon)
SELECT v.* FROM (VALUES
	(1, 'plumbing', 'Plumbing', 'faucet'),
	(2, 'electrical', 'Electrical work', 'bolt'),
	(3, 'heating', 'Heating', 'flame'),
	(4, 'air_conditioning', 'Air conditioning and ventilation', 'fan'),
	(5, 'general', 'General contracting', 'hard_hat'),
	(6, 'handyman', 'Odd jobs', 'wrench'),
	(7, 'carpentry', 'Carpentry', 'saw'),
	(8, 'joinery', 'Joinery and furniture', 'chisel'),
	(9, 'roofing', 'Roofing', 'roof'),
	(10, 'gutters', 'Gutters', 'gutter'),
	(11, 'masonry', 'Masonry', 'bricks'),
	(12, 'concrete', 'Concrete and paving', 'mixer'),
	(13, 'drywall', 'Plastering and drywall', 'trowel'),
	(14, 'painting', 'Painting', 'paint_roller'),
	(15, 'flooring', 'Flooring', 'floor'),
	(16, 'tiling', 'Tiling', 'tiles'),
	(17, 'windows_doors', 'Windows and doors', 'window'),
	(18, 'garage_doors', 'Garage doors', 'garage'),
	(19, 'locksmith', 'Locks', 'key'),
	(20, 'security', 'Alarms and security', 'shield'),
	(21, 'insulation', 'Insulation', 'layers'),
	(22, 'solar', 'Solar power', 'sun'),
	(23, 'appliances', 'Appliance repair', 'washer'),
	(24, 'networking', 'Networks and television', 'antenna'),
	(25, 'chimney', 'Chimneys and stoves', 'chimney'),
	(26, 'septic', 'Septic tanks and drains', 'pipe'),
	(27, 'well', 'Wells and water treatment', 'drop'),
	(28, 'landscaping', 'Gardens and landscaping', 'leaf'),
	(29, 'tree_care', 'Tree care', 'tree'),
	(30, 'fencing', 'Fences and decks', 'fence'),
	(31, 'pool', 'Pools and spas', 'waves'),
	(32, 'snow_removal', 'Snow removal', 'snowflake'),
	(33, 'cleaning', 'Cleaning', 'broom'),
	(34, 'window_cleaning', 'Window cleaning', 'squeegee'),
	(35, 'pest_control', 'Pest control', 'bug'),
	(36, 'mould_water_damage', 'Mould and water damage', 'droplets'),
	(37, 'waste', 'Waste removal', 'bin'),
	(38, 'moving', 'Moving', 'truck'),
	(39, 'vehicles', 'Vehicle repair', 'car'),
	(40, 'architecture', 'Architecture and design', 'ruler'),
	(41, 'inspection', 'Inspections and surveys', 'magnifier'),
	(42, 'property_management', 'Property management', 'building'),
	(43, 'other', 'Other', 'dots')
) v (position, code, label, icon) WHERE NOT hob.is_edited('specialties', v.code)
ON CONFLICT (code) DO UPDATE SET position = excluded.position, label = excluded.label,
	icon = excluded.icon;

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
