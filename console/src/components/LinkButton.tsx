import { Button, type ButtonProps } from "@mantine/core";
import { createLink } from "@tanstack/react-router";
import { type AnchorHTMLAttributes, forwardRef } from "react";

interface AnchorButtonProps extends ButtonProps, Omit<AnchorHTMLAttributes<HTMLAnchorElement>, "color" | "style"> {}

const AnchorButton = forwardRef<HTMLAnchorElement, AnchorButtonProps>((props, ref) => <Button component="a" ref={ref} {...props} />);

/** A link that looks like a button: it leads somewhere, and opens in a new tab when asked to. */
export const LinkButton = createLink(AnchorButton);
