import { IconSettings } from "@tabler/icons-react";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, NavLink, Outlet, ScrollRestoration, useLocation } from "react-router";
import { chooseLanguage } from "../i18n";
import classes from "./Frame.module.css";
import { Logo } from "./Logo";
import { Settings } from "./Settings";
import { onSettingsWanted } from "./settingsDoor";

/** What surrounds every page: skip link, menu, settings, and the place where pages appear. */
export function Frame() {
  const { t, i18n } = useTranslation();
  const [settings, setSettings] = useState(false);
  const main = useFocusOnNewPage();
  const other = i18n.language === "fr" ? "en" : "fr";

  useEffect(() => onSettingsWanted(() => setSettings(true)), []);

  return (
    <>
      <a className={classes.skip} href="#main">
        {t("app.skip")}
      </a>
      <header className={classes.header}>
        <div className={classes.bar}>
          <Link to="/" className={classes.brand} aria-label={t("app.home")}>
            <Logo />
            <span className={classes.brandName}>{t("app.name")}</span>
          </Link>
          <nav className={classes.nav} aria-label={t("app.nav")}>
            <NavLink to="/" end className={classes.link}>
              {t("app.ask")}
            </NavLink>
            <NavLink to="/documents" className={classes.link}>
              {t("app.documents")}
            </NavLink>
          </nav>
          <div className={classes.tools}>
            <button type="button" className={classes.tool} lang={other} onClick={() => chooseLanguage(other)}>
              <span aria-hidden="true">{other.toUpperCase()}</span>
              <span className="visually-hidden">{t("app.otherLanguage")}</span>
            </button>
            <button
              type="button"
              className={classes.tool}
              aria-label={t("app.settings")}
              aria-haspopup="dialog"
              onClick={() => setSettings(true)}
            >
              <IconSettings size={22} stroke={1.7} aria-hidden="true" />
            </button>
          </div>
        </div>
      </header>
      <main id="main" ref={main} tabIndex={-1} className={classes.main}>
        <Outlet />
      </main>
      <Settings opened={settings} onClose={() => setSettings(false)} />
      <ScrollRestoration />
    </>
  );
}

/** Screen readers and keyboards go on from the new page, not from the link that is gone. */
function useFocusOnNewPage() {
  const main = useRef<HTMLElement>(null);
  const { pathname } = useLocation();
  const shown = useRef(pathname);
  useEffect(() => {
    if (shown.current === pathname) return;
    shown.current = pathname;
    main.current?.focus({ preventScroll: true });
  }, [pathname]);
  return main;
}
