import {
  IconApi,
  IconBrandCSharp,
  IconBrandGolang,
  IconBrandJavascript,
  IconBrandKotlin,
  IconBrandNodejs,
  IconBrandPhp,
  IconBrandPython,
  IconBrandReactNative,
  IconBrandSwift,
  IconBroadcast,
  IconCoffee,
  IconDiamond,
  type Icon,
} from "@tabler/icons-react";

const ICONS: Record<string, Icon> = {
  javascript: IconBrandJavascript,
  node: IconBrandNodejs,
  python: IconBrandPython,
  go: IconBrandGolang,
  java: IconCoffee,
  ruby: IconDiamond,
  php: IconBrandPhp,
  net: IconBrandCSharp,
  swift: IconBrandSwift,
  kotlin: IconBrandKotlin,
  "react-native": IconBrandReactNative,
  "http-api": IconApi,
};

export function SourceIcon({ metadataId, size = 18 }: { metadataId: string; size?: number }) {
  const Shown = ICONS[metadataId] ?? IconBroadcast;
  return <Shown size={size} stroke={1.6} aria-hidden />;
}
