"""SVG of any program, prepared for page, paper and mail: the bundled font, nothing from outside."""
