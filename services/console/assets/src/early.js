// Runs before the page is drawn: what JavaScript will hide is hidden from the start.
document.body.className += " js-enabled" + ("noModule" in HTMLScriptElement.prototype ? " govuk-frontend-supported" : "");
