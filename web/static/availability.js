/* Shows on a shop's page whether a product is in stock, or when it ships. See docs/storefront.md.
   No dependency, no style, no cookie. */
(function () {
  "use strict";

  var script = document.currentScript;
  var TEXTS = {
    "in-stock": "In stock",
    "backorder": "On backorder: ships between {likely} and {by}",
    "backorder-by": "On backorder: ships by {by}",
    "no-date": "On backorder: there is no date yet",
    "no-date-for-all": "On backorder: there is no date yet for all of them",
    "not-sold": "Not available",
    "some-left": "Only {free} available",
    "part": "{quantity} of them ship by {by}",
    "part-no-date": "{quantity} of them have no date yet"
  };
  var SCHEMA = {
    in_stock: "https://schema.org/InStock",
    backorder: "https://schema.org/BackOrder",
    backorder_no_date: "https://schema.org/BackOrder",
    not_sold: "https://schema.org/OutOfStock"
  };
  var AT_ONCE = 100;
  var asked = new WeakMap();
  var own = new WeakMap(); // what an element says by itself

  /* An attribute of the element, or else of the script. */
  function said(element, name) {
    var near = element.getAttribute("data-backorder-" + name);
    return near !== null ? near : script.getAttribute("data-" + name);
  }

  function text(element, name) {
    var words = said(element, "text-" + name);
    return words !== null ? words : TEXTS[name];
  }

  function locale(element) {
    var near = element.closest("[lang]");
    var wanted = said(element, "locale") || (near && near.lang) || navigator.language;
    try {
      return Intl.getCanonicalLocales(wanted.replace(/_/g, "-").replace(/[.@].*/, ""))[0];
    } catch (error) {
      return navigator.language; // what is no locale must not cost the page its dates
    }
  }

  /* A day of the answer, as its reader writes it. */
  function day(element, iso) {
    var found = document.createElement("time");
    var form = { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" };
    found.dateTime = iso;
    found.textContent = new Intl.DateTimeFormat(locale(element), form).format(new Date(iso + "T00:00:00Z"));
    return found;
  }

  /* A text whose {places} are filled in; never HTML. */
  function filled(element, template, values) {
    var found = document.createDocumentFragment();
    template.split(/(\{\w+\})/).forEach(function (piece) {
      var place = /^\{(\w+)\}$/.exec(piece);
      var value = place ? values[place[1]] : undefined;
      if (value === undefined || value === null) {
        found.append(piece);
      } else if (typeof value === "string") {
        found.append(day(element, value));
      } else {
        found.append(new Intl.NumberFormat(locale(element)).format(value));
      }
    });
    return found;
  }

  function template(element, item) {
    if (item.status === "in_stock") return text(element, "in-stock");
    if (item.status === "backorder") {
      return text(element, item.window.likely === item.window.by ? "backorder-by" : "backorder");
    }
    if (item.status === "backorder_no_date") {
      return text(element, item.parts.length ? "no-date-for-all" : "no-date");
    }
    return text(element, item.free ? "some-left" : "not-sold");
  }

  function show(element, item) {
    var values = Object.assign({ free: item.free, quantity: item.quantity }, item.window);
    var line = document.createElement("span");
    line.className = "backorder-status";
    line.append(filled(element, template(element, item), values));
    var shown = [line];
    if (item.parts.length) {
      var list = document.createElement("ul");
      list.className = "backorder-parts";
      item.parts.forEach(function (part) {
        var row = document.createElement("li");
        row.append(filled(element, text(element, part.by ? "part" : "part-no-date"), part));
        list.append(row);
      });
      shown.push(list);
    }
    element.setAttribute("data-backorder-status", item.status);
    element.replaceChildren.apply(element, shown);
    describe(element, item);
  }

  function forget(element) {
    var known = element.nextElementSibling;
    if (known && known.hasAttribute("data-backorder-offer")) known.remove();
  }

  /* Nothing is known of what is asked now: what was said of another quantity must not stand for it. */
  function takeBack(element) {
    if (!element.hasAttribute("data-backorder-status")) return;
    element.removeAttribute("data-backorder-status");
    element.replaceChildren.apply(element, own.get(element));
    forget(element);
  }

  /* The schema.org offer, for whoever reads the page by machine; only where a price is named. */
  function describe(element, item) {
    forget(element);
    var price = said(element, "price");
    if (price === null || !SCHEMA[item.status]) return;
    var offer = {
      "@type": "Offer",
      price: price,
      priceCurrency: said(element, "currency"),
      availability: SCHEMA[item.status]
    };
    if (item.status === "backorder") offer.availabilityStarts = item.window.by;
    var product = { "@context": "https://schema.org", "@type": "Product", sku: item.sku, offers: offer };
    var name = said(element, "name");
    if (name !== null) product.name = name;
    var found = document.createElement("script");
    found.type = "application/ld+json";
    found.setAttribute("data-backorder-offer", "");
    // A page that is saved with its scripts run is read again as HTML: a name ends no script there.
    found.textContent = JSON.stringify(product).replace(/</g, "\\u003c");
    element.after(found);
  }

  function tell(element, name, detail) {
    element.dispatchEvent(new CustomEvent("backorder:" + name, { bubbles: true, detail: detail }));
  }

  function fieldOf(element) {
    var field = said(element, "quantity-from");
    try {
      return field ? document.querySelector(field) : null;
    } catch (error) {
      return null; // what is no selector must not stop the other products
    }
  }

  function quantity(element) {
    var found = fieldOf(element);
    return String((found && found.value) || said(element, "quantity") || 1);
  }

  /* What some elements ask together: they differ in the product alone. */
  function ask(elements) {
    var query = new URLSearchParams();
    elements.forEach(function (element) {
      query.append("sku", element.getAttribute("data-backorder-sku"));
    });
    query.set("quantity", quantity(elements[0]));
    if (said(elements[0], "region")) query.set("region", said(elements[0], "region"));
    var question = {};
    elements.forEach(function (element) {
      asked.set(element, question);
      element.setAttribute("aria-busy", "true");
    });
    var base = script.getAttribute("data-api") || new URL(script.src).origin;
    var headers = { Authorization: "Bearer " + script.getAttribute("data-key") };
    return fetch(base + "/v1/availability?" + query, { headers: headers, credentials: "omit" })
      .then(function (answer) {
        if (!answer.ok) throw new Error("availability: HTTP " + answer.status);
        return answer.json();
      })
      .then(function (found) {
        elements.forEach(function (element, place) {
          if (asked.get(element) !== question) return; // it has asked anew meanwhile
          var item = found.items[place];
          if (item.status !== "unknown") show(element, item);
          tell(element, "availability", item);
        });
      })
      .catch(function (error) {
        // What the page says by itself stays.
        elements.forEach(function (element) {
          if (asked.get(element) === question) takeBack(element);
          tell(element, "error", error);
        });
      })
      .then(function () {
        elements.forEach(function (element) {
          if (asked.get(element) === question) element.removeAttribute("aria-busy");
        });
      });
  }

  function prepare(element) {
    if (element.hasAttribute("data-backorder-ready")) return;
    element.setAttribute("data-backorder-ready", "");
    own.set(element, Array.from(element.childNodes));
    // A screen reader says what changes here, when it has nothing else to say.
    if (!element.hasAttribute("role")) element.setAttribute("role", "status");
    var found = fieldOf(element);
    if (found) found.addEventListener("change", function () { ask([element]); });
  }

  /* Ask about every product of a part of the page, itself included, or of all of it. */
  function refresh(within) {
    var groups = new Map();
    var found = Array.from((within || document).querySelectorAll("[data-backorder-sku]"));
    if (within && within.matches && within.matches("[data-backorder-sku]")) found.unshift(within);
    found.forEach(function (element) {
      prepare(element);
      var key = JSON.stringify([quantity(element), said(element, "region")]);
      var full = groups.get(key) || [[]];
      if (full[full.length - 1].length === AT_ONCE) full.push([]);
      full[full.length - 1].push(element);
      groups.set(key, full);
    });
    var questions = [];
    groups.forEach(function (full) {
      full.forEach(function (elements) { questions.push(ask(elements)); });
    });
    return Promise.all(questions);
  }

  window.BackorderAvailability = { refresh: refresh };
  if (document.readyState === "loading") {
    document.addEventListener("DOMContentLoaded", function () { refresh(); });
  } else {
    refresh();
  }
})();
