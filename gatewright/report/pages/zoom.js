// Buttons that make a drawing larger and smaller inside its box; without a script the box scrolls at full size.
for (const box of document.querySelectorAll(".zoom")) {
  // The box of a class that is not chosen has no width yet; all are as wide as the page.
  const drawing = box.querySelector("svg"), full = drawing.viewBox.baseVal.width;
  const fit = Math.min(1, (box.clientWidth || document.querySelector("main").clientWidth - 2) / full);
  let scale = fit;
  const show = (next) => {
    const middle = [(box.scrollLeft + box.clientWidth / 2) / scale, (box.scrollTop + box.clientHeight / 2) / scale];
    scale = Math.min(4, Math.max(fit / 2, next));
    drawing.style.width = full * scale + "px";
    drawing.style.height = "auto";
    box.scrollTo(middle[0] * scale - box.clientWidth / 2, middle[1] * scale - box.clientHeight / 2);
  };
  const buttons = document.createElement("div");
  buttons.className = "buttons";
  for (const [sign, name, to] of [["+", "larger", () => 1.5 * scale], ["−", "smaller", () => scale / 1.5], ["fit", "as wide as the page", () => fit], ["1:1", "full size", () => 1]]) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = sign;
    button.title = name;
    button.setAttribute("aria-label", name);
    button.addEventListener("click", () => show(to()));
    buttons.append(button);
  }
  box.before(buttons);
  box.tabIndex = 0;
  // On a phone all of it at once is too small to read.
  show(Math.max(fit, 0.7));
  box.scrollTo(0, 0);
}
