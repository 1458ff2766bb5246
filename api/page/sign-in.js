// Signs in and out, and sets passwords: the page of /sign-in and of /link, whose token stands behind # and is sent to
// nobody but in the body of a request.
"use strict";
(function () {
  const session = "api/v1/session";
  const byId = (id) => document.getElementById(id);
  const sections = ["sign-in", "link", "signed-in"];

  // Everything is shown as text: nothing of an answer is ever taken for HTML.
  function say(text, isError) {
    const message = byId("message");
    message.textContent = text;
    message.className = isError ? "error" : "";
    message.hidden = text === "";
  }

  function show(id) {
    for (const each of sections) {
      byId(each).hidden = each !== id;
    }
  }

  async function call(method, path, body) {
    const options = { method, credentials: "same-origin", headers: {} };
    if (body !== undefined) {
      options.headers["Content-Type"] = "application/json";
      options.body = JSON.stringify(body);
    }
    const response = await fetch(path, options);
    const text = await response.text();
    const answer = text === "" ? {} : JSON.parse(text);
    if (!response.ok) {
      const problem = new Error(words(response, answer));
      problem.status = response.status;
      throw problem;
    }
    return answer;
  }

  // words says what is wrong, with what is wrong in each field.
  function words(response, answer) {
    const fields = (answer.errors || []).map((e) => e.pointer.replace(/^\//, "") + ": " + e.detail);
    const again = response.headers.get("Retry-After");
    const wait = response.status === 429 && again ? " Try again in " + again + " seconds." : "";
    return (fields.length > 0 ? fields.join("; ") : answer.detail || "It did not work.") + wait;
  }

  function signedIn(who) {
    byId("name").textContent = who.name;
    byId("email").textContent = who.email || "";
    byId("role").textContent = who.role;
    show("signed-in");
  }

  function on(form, act) {
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      say("");
      const button = form.querySelector("button");
      button.disabled = true;
      try {
        await act(Object.fromEntries(new FormData(form)));
      } catch (problem) {
        say(problem.message, true);
      }
      button.disabled = false;
    });
  }

  async function link(token) {
    const found = await call("POST", session + "/link/check", { token });
    const form = byId("link").querySelector("form");
    const makes = found.email === null;
    byId("link-for").textContent = makes
      ? "This makes an administrator. The link can be used once."
      : "For " + found.email + ". The link can be used once.";
    for (const name of ["email", "name"]) {
      const input = form.elements[name];
      input.closest("label").hidden = !makes;
      input.required = makes;
    }
    on(form, async (given) => {
      if (given.password !== given.again) {
        throw new Error("The two passwords are not the same.");
      }
      const body = { token, password: given.password };
      if (makes) {
        body.email = given.email;
        body.name = given.name;
      }
      const who = await call("POST", session + "/link", body);
      form.reset();
      history.replaceState(null, "", "sign-in"); // the token is used up, and leaves the address bar
      signedIn(who);
    });
    show("link");
  }

  async function start() {
    on(byId("sign-in").querySelector("form"), async (given) => {
      signedIn(await call("POST", session, { email: given.email, password: given.password }));
      byId("sign-in").querySelector("form").reset();
    });
    on(byId("sign-out"), async () => {
      await call("DELETE", session);
      show("sign-in");
    });
    on(byId("password"), async (given) => {
      signedIn(await call("PUT", session + "/password", given));
      byId("password").reset();
      say("The password is changed.");
    });
    const token = location.hash.slice(1);
    try {
      if (location.pathname.endsWith("/link") && token !== "") {
        await link(token);
        return;
      }
      signedIn(await call("GET", session));
    } catch (problem) {
      show("sign-in");
      if (problem.status !== 401) {
        say(problem.message, true);
      }
    }
  }

  start();
})();
