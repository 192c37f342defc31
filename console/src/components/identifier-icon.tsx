import {
  IconBrandAndroid,
  IconBrandApple,
  IconBuilding,
  IconChartBar,
  IconCookie,
  IconMail,
  IconPhone,
  IconTag,
  IconUser,
  type Icon,
} from "@tabler/icons-react";

const ICONS: Record<string, Icon> = {
  user_id: IconUser,
  email: IconMail,
  anonymous_id: IconCookie,
  group_id: IconBuilding,
  phone: IconPhone,
  phone_number: IconPhone,
  ga_client_id: IconChartBar,
};

/** The sign of a type of identifier. */
export function identifierIcon(type: string): Icon {
  if (type.startsWith("ios.")) return IconBrandApple;
  if (type.startsWith("android.")) return IconBrandAndroid;
  return ICONS[type] ?? IconTag;
}
